package io.robusttrain.data.transform;

/**
 * A rectangle of whole pixels.
 *
 * @param left first column
 * @param top first row
 * @param width columns, at least 1
 * @param height rows, at least 1
 */
public record Region(int left, int top, int width, int height) {
  public Region {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("empty region " + width + "x" + height);
    }
  }
}
