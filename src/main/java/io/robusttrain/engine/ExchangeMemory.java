package io.robusttrain.engine;

/** What a worker's part of the exchange takes for as long as steps are run. */
public final class ExchangeMemory {
  private ExchangeMemory() {}

  /**
   * Bytes of a worker's weights and of the gradients of each of its replicas, in float32, and of
   * what the other workers fetch: its gradients, and its slice of the weights.
   *
   * @param workers that share the flat vector
   * @param replicas of a worker
   * @param size elements of the flat vector
   * @param width bytes of an element as it travels
   */
  public static long bytes(int workers, int replicas, int size, int width) {
    long held = (1L + replicas) * size * Float.BYTES;
    long fetched = (long) size * width;
    return held + fetched + fetched / workers;
  }
}
