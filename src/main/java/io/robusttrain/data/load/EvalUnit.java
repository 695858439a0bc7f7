package io.robusttrain.data.load;

import io.robusttrain.data.shard.BadSample;
import java.util.List;

/**
 * A fixed run of consecutive samples of a split, ready for the model. Owned by whoever received it.
 *
 * @param unit index of the unit: it starts at sample {@code unit * unitSize}
 * @param sampleIds ids of the B samples, ascending
 * @param pixels unsigned bytes (B, 3, H, W), 0 to 255
 * @param labels class indices (B)
 * @param bad samples of the unit that were left out
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EvalUnit(
    int unit, long[] sampleIds, byte[] pixels, int[] labels, List<BadSample> bad) {
  public EvalUnit {
    bad = List.copyOf(bad);
  }

  /**
   * The number of samples, B; smaller than the unit size in the last unit, and where samples were
   * left out.
   */
  public int size() {
    return labels.length;
  }
}
