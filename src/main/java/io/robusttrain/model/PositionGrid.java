package io.robusttrain.model;

import java.util.Objects;

/**
 * A learned position embedding over a grid of patches: what one must know to fit it to another
 * input size. The tensor is float32 of shape (1, {@code prefixTokens + rows * columns}, D): first
 * the prefix tokens, then the patches row by row. Immutable.
 *
 * @param tensor its name in the state dict
 * @param rows of patches
 * @param columns of patches
 * @param prefixTokens tokens before the patches that have a position too, such as the class token
 */
public record PositionGrid(String tensor, int rows, int columns, int prefixTokens) {
  /**
   * A grid.
   *
   * @throws IllegalArgumentException if there are no patches or fewer than no prefix tokens
   */
  public PositionGrid {
    Objects.requireNonNull(tensor, "tensor");
    if (rows < 1 || columns < 1 || prefixTokens < 0) {
      throw new IllegalArgumentException(
          "no grid of %dx%d patches after %d prefix tokens".formatted(rows, columns, prefixTokens));
    }
  }

  /** Tokens that have a position: the tensor's second dimension. */
  public int tokens() {
    return prefixTokens + rows * columns;
  }
}
