package io.robusttrain.engine;

import java.io.Serializable;

/**
 * A {@link WorkerTask} with a large input that all workers share.
 *
 * @param <S> the shared input, serialisable, not to be changed
 * @param <W> the run's workers
 * @param <R> the result, serialisable
 */
@FunctionalInterface
public interface SharingWorkerTask<S, W extends Worker, R> extends Serializable {
  /** Runs on the worker's executor. */
  R run(S shared, W worker, WorkerPlace place) throws Exception;
}
