package io.robusttrain.bigdl;

import io.robusttrain.engine.WorkerPlace;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.TestBlockId;

/**
 * What the workers of one leg agree on before they exchange anything.
 *
 * @param name of the leg, different for all legs of all engines
 * @param size the elements of the flat vector
 * @param format how gradients and weights travel
 * @param firstStep of the leg
 * @param peers where the block of each worker is fetched from, in their order: nobody has to ask
 *     the driver
 */
record ExchangePlan(
    String name, int size, WireFormat format, long firstStep, List<BlockManagerId> peers)
    implements Serializable {
  ExchangePlan {
    peers = List.copyOf(peers);
  }

  int workers() {
    return peers.size();
  }

  /** The first element of a worker's slice. */
  int start(int worker) {
    return place(worker).sliceStart(size);
  }

  /** The elements of a worker's slice. */
  int length(int worker) {
    return place(worker).sliceLength(size);
  }

  private WorkerPlace place(int worker) {
    return new WorkerPlace(worker, workers(), 1);
  }

  /** The weights of a worker's slice. */
  BlockId weights(int worker) {
    return new TestBlockId("%s-weights-%d".formatted(name, worker));
  }

  /** What a worker adds to the gradients of another's slice. */
  BlockId gradients(int from, int slice) {
    return new TestBlockId("%s-gradients-%d-%d".formatted(name, from, slice));
  }
}
