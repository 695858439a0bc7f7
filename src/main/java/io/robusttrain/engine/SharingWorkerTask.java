package io.robusttrain.engine;

import java.io.Serializable;

/**
 * A {@link WorkerTask} with a large input that all workers share.
 *
 * @param <S> the shared input, serialisable, not to be changed
 * @param <R> the result, serialisable
 */
@FunctionalInterface
public interface SharingWorkerTask<S, R> extends Serializable {
  /** Runs on the worker's executor. */
  R run(S shared, Worker worker, WorkerPlace place) throws Exception;
}
