package io.robusttrain.engine;

import java.io.Serializable;

/**
 * Work for every worker outside the training steps, such as validation or saving a slice.
 *
 * @param <W> the run's workers
 * @param <R> the result, serialisable
 */
@FunctionalInterface
public interface WorkerTask<W extends Worker, R> extends Serializable {
  /** Runs on the worker's executor. */
  R run(W worker, WorkerPlace place) throws Exception;
}
