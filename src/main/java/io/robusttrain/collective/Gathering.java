package io.robusttrain.collective;

import java.util.List;

/** Where all workers of a leg wait for each other. */
@FunctionalInterface
interface Gathering {
  /**
   * Waits until all workers have come here, and gives each what all of them brought.
   *
   * @param own what this worker brings
   * @return everybody's, in the order of the workers
   */
  List<byte[]> gather(byte[] own) throws InterruptedException;
}
