package io.robusttrain.cluster;

import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerPlace;
import java.io.Serializable;

/**
 * Work for all workers at the same time, who may wait for each other.
 *
 * @param <W> the run's workers
 * @param <R> the result, serialisable
 */
@FunctionalInterface
public interface StageTask<W extends Worker, R> extends Serializable {
  /** Runs on the worker's executor. */
  R run(W worker, WorkerPlace place, StagePlace here) throws Exception;
}
