package io.robusttrain.engine;

import java.io.Serializable;

/** Creates workers where they run. Shipped to executors by Java serialisation. */
@FunctionalInterface
public interface WorkerFactory extends Serializable {
  /**
   * Creates a worker.
   *
   * @param place which worker of how many
   */
  Worker create(WorkerPlace place);
}
