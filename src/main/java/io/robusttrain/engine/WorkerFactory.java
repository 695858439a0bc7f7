package io.robusttrain.engine;

import java.io.Serializable;

/**
 * Creates workers where they run. Shipped to executors by Java serialisation.
 *
 * @param <W> the class of the workers
 */
@FunctionalInterface
public interface WorkerFactory<W extends Worker> extends Serializable {
  /**
   * Creates a worker.
   *
   * @param place which worker of how many
   */
  W create(WorkerPlace place);
}
