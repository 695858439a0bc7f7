package io.robusttrain.engine;

import java.io.Serializable;

/**
 * Work for every worker outside the training steps, such as validation or saving a slice.
 *
 * @param <R> the result, serialisable
 */
@FunctionalInterface
public interface WorkerTask<R> extends Serializable {
  /** Runs on the worker's executor. */
  R run(Worker worker, WorkerPlace place) throws Exception;
}
