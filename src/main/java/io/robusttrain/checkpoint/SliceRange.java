package io.robusttrain.checkpoint;

import java.io.Serializable;

/**
 * The part of the flat parameter vector whose optimiser state one executor owns.
 *
 * @param index of the slice, in [0, count)
 * @param count number of slices
 * @param offset first element
 * @param length number of elements
 * @param total elements of the whole vector
 */
public record SliceRange(int index, int count, long offset, int length, long total)
    implements Serializable {
  static final String PREFIX = "slice-";

  public SliceRange {
    if (index < 0 || index >= count || offset < 0 || length < 0 || offset > total - length) {
      throw new IllegalArgumentException(
          "Slice %d of %d at %d with %d of %d elements is out of range."
              .formatted(index, count, offset, length, total));
    }
  }

  /**
   * Which of so many slices holds this range's first element where the first {@code total % slices}
   * have one element more than the others, as engines divide a vector.
   */
  int indexAmong(int slices) {
    long small = total / slices;
    long large = total % slices;
    long ofLarge = large * (small + 1);
    return Math.toIntExact(
        offset < ofLarge ? offset / (small + 1) : large + (offset - ofLarge) / Math.max(1, small));
  }

  /** The name of the slice's file, such as {@code slice-00000-of-00002.safetensors}. */
  public String fileName() {
    return PREFIX + "%05d-of-%05d.safetensors".formatted(index, count);
  }
}
