package io.robusttrain.data.load;

/**
 * The samples of one lane in one step, ready for the model. Owned by whoever received it.
 *
 * @param lane index of the micro-batch in its step
 * @param sampleIds ids of the B samples
 * @param pixels unsigned bytes (B, 3, H, W), 0 to 255
 * @param labels class indices (B)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record MicroBatch(int lane, long[] sampleIds, byte[] pixels, int[] labels) {
  /** The number of samples, B; it may be 0 in the last step of an epoch. */
  public int size() {
    return labels.length;
  }
}
