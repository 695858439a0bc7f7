package io.robusttrain.api;

import io.robusttrain.app.SparkPlace;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Work in Spark jobs, which an interrupt or a listener's failure ends by cancelling its jobs.
 *
 * @param name of its thread
 * @param place whose jobs are cancelled
 * @param hearing what its listeners hear by
 */
record Work(String name, SparkPlace place, Hearing hearing) {
  static Work of(String name, SparkPlace place, Hearing hearing) {
    return new Work(name, place, hearing);
  }

  /**
   * Works in blocks.
   *
   * @param output directory that keeps what was finished
   */
  <T> T in(String output, Callable<T> work) throws Exception {
    return orSay(
        "interrupted; finished blocks are kept in %s, run the same again to go on"
            .formatted(output),
        work);
  }

  /**
   * Works.
   *
   * @param interruption what is said if an interrupt ended it
   */
  <T> T orSay(String interruption, Callable<T> work) throws Exception {
    AtomicBoolean interrupted = new AtomicBoolean();
    Runnable cancel =
        () -> {
          interrupted.set(true);
          place.cancel();
        };
    try {
      T result = Interruptible.call(name, work, cancel, cancel);
      hearing.throwFailure();
      return result;
    } catch (Exception failure) {
      hearing.throwFailure();
      if (interrupted.get()) {
        throw new RobustTrainException(interruption, 1, failure);
      }
      throw failure;
    }
  }
}
