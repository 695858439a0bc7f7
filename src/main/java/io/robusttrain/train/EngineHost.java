package io.robusttrain.train;

import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.ReplicaWorker;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Where a run's engines come from, and which executors they would have. */
public interface EngineHost {
  /** A new engine for a plan, with a worker on each of its executors; the caller closes it. */
  TrainingEngine<ReplicaWorker> open(RunPlan plan);

  /** Ends what a call of {@link #open} on another thread waits for; that call then fails. */
  void cancel();

  /**
   * Waits for executors: first until those that were told to end are gone, then until there are
   * enough.
   *
   * @param wanted how many are enough
   * @param departures the longest to wait for the former
   * @param patience the longest to wait for the latter
   * @param givenUp asked again and again whether there is no need to wait any longer
   * @return how many there are, fewer than wanted if it took too long or was given up
   */
  int await(int wanted, Duration departures, Duration patience, BooleanSupplier givenUp)
      throws InterruptedException;
}
