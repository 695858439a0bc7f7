package io.robusttrain.model.layer.attention;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The windows that a grid of tokens is cut into (Liu et al., 2021, "Swin Transformer"): the grid is
 * first turned by a shift, then filled up with zeros below and on the right to whole windows.
 *
 * @param rows of the grid, R
 * @param columns of the grid, C
 * @param height of a window in tokens
 * @param width of a window in tokens
 * @param shiftRows by how many rows the grid is turned upwards
 * @param shiftColumns by how many columns it is turned to the left
 */
public record Windows(
    int rows, int columns, int height, int width, int shiftRows, int shiftColumns) {
  /** What is added to the logits of tokens that only the turning made neighbours. */
  private static final float APART = -100;

  /**
   * Windows of a side, or of the grid's where that is less.
   *
   * @param shifted by half a window, in the directions in which there are several
   */
  public static Windows of(int rows, int columns, int side, boolean shifted) {
    return new Windows(
        rows,
        columns,
        Math.min(rows, side),
        Math.min(columns, side),
        shifted && rows > side ? side / 2 : 0,
        shifted && columns > side ? side / 2 : 0);
  }

  /** The number of windows, W. */
  public int count() {
    return down() * across();
  }

  /** The tokens of a window, N. */
  public int area() {
    return height * width;
  }

  private int down() {
    return (rows + height - 1) / height;
  }

  private int across() {
    return (columns + width - 1) / width;
  }

  private boolean shifted() {
    return shiftRows > 0 || shiftColumns > 0;
  }

  /** From (B, R, C, D) to the windows' tokens (B, W N, D), window by window. */
  Tensor cut(Tensor features) {
    Tensor turned = shifted() ? turned(features, -1) : features;
    long below = (long) down() * height - rows;
    long right = (long) across() * width - columns;
    Tensor whole =
        below + right > 0
            ? torch.constant_pad_nd(turned, new long[] {0, 0, 0, right, 0, below})
            : turned;
    long batch = features.size(0);
    long dim = features.size(3);
    return whole
        .reshape(batch, down(), height, across(), width, dim)
        .permute(0, 1, 3, 2, 4, 5)
        .reshape(batch, (long) count() * area(), dim);
  }

  /** The reverse of {@link #cut}, without what was filled up. */
  Tensor join(Tensor tokens) {
    long batch = tokens.size(0);
    long dim = tokens.size(2);
    Tensor whole =
        tokens
            .reshape(batch, down(), across(), height, width, dim)
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(batch, (long) down() * height, (long) across() * width, dim);
    Tensor grid = whole.narrow(1, 0, rows).narrow(2, 0, columns);
    return shifted() ? turned(grid, 1) : grid;
  }

  private Tensor turned(Tensor features, int direction) {
    return torch.roll(
        features,
        new long[] {(long) direction * shiftRows, (long) direction * shiftColumns},
        new long[] {1, 2});
  }

  /**
   * What is added to the logits (W, N, N): less where a window holds two parts of the grid that
   * turning put together. Empty without a shift.
   */
  Optional<float[]> mask() {
    if (!shifted()) {
      return Optional.empty();
    }
    int area = area();
    float[] mask = new float[count() * area * area];
    for (int window = 0; window < count(); window++) {
      for (int i = 0; i < area; i++) {
        for (int j = 0; j < area; j++) {
          if (part(window, i) != part(window, j)) {
            mask[(window * area + i) * area + j] = APART;
          }
        }
      }
    }
    return Optional.of(mask);
  }

  /** Which part of the unturned grid a token of a window is of, of nine. */
  private int part(int window, int token) {
    int row = window / across() * height + token / width;
    int column = window % across() * width + token % width;
    return 3 * part(row, down() * height, height, shiftRows)
        + part(column, across() * width, width, shiftColumns);
  }

  private static int part(int place, int size, int window, int shift) {
    if (shift == 0 || place < size - window) {
      return 0;
    }
    return place < size - shift ? 1 : 2;
  }
}
