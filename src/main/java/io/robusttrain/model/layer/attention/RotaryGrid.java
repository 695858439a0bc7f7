package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Turns pairs of a head's channels by angles that grow with a token's row and column (Su et al.,
 * 2021; over a grid as in Fang et al., 2023, "EVA-02"), so that products of queries and keys know
 * of distances. A class token before the grid is not turned.
 *
 * <p>Holds native constants from its first use until the network is closed.
 */
public final class RotaryGrid {
  private static final double TEMPERATURE = 10000;

  private final Scope scope;
  private final int rows;
  private final int columns;
  private final int channels;
  private final int reference;
  private Tensor cosines;
  private Tensor sines;

  /**
   * Angles of a grid.
   *
   * @param channels of a head, a multiple of 4: half of them know the row, half the column
   * @param reference side of the grid that angles are measured on, whatever this grid's sides are
   */
  public RotaryGrid(Scope scope, int rows, int columns, int channels, int reference) {
    this.scope = scope;
    this.rows = rows;
    this.columns = columns;
    this.channels = channels;
    this.reference = reference;
  }

  /** From (B, h, N, D/h), the class token first, to the same. */
  Tensor turned(Tensor heads) {
    if (cosines == null) {
      try (PointerScope temporary = new PointerScope()) {
        cosines = constant(false);
        sines = constant(true);
      }
    }
    Tensor swapped = heads.unflatten(3, new long[] {channels / 2, 2}).flip(4).flatten(3, 4);
    // The second of a pair stands where the first was, with the sine's sign turned there.
    return heads
        .mul(cosines.to(heads.scalar_type()))
        .add(swapped.mul(sines.to(heads.scalar_type())));
  }

  private Tensor constant(boolean sine) {
    long tokens = 1 + (long) rows * columns;
    return scope.keep(Tensors.of(values(sine), scope.device(), tokens, channels));
  }

  private float[] values(boolean sine) {
    float[] values = new float[(1 + rows * columns) * channels];
    for (int i = 0; i < channels; i++) {
      values[i] = sine ? 0 : 1;
    }
    for (int token = 0; token < rows * columns; token++) {
      for (int pair = 0; pair < channels / 2; pair++) {
        float angle = angle(token, pair);
        float value = (float) (sine ? Math.sin(angle) : Math.cos(angle));
        int first = (1 + token) * channels + 2 * pair;
        values[first] = sine ? -value : value;
        values[first + 1] = value;
      }
    }
    return values;
  }

  /** Single precision throughout, as timm computes it. */
  private float angle(int token, int pair) {
    int bands = channels / 4;
    boolean ofRow = pair < bands;
    int place = ofRow ? token / columns : token % columns;
    float scaled = (float) place / (ofRow ? rows : columns) * reference;
    float exponent = (float) (pair % bands) / bands;
    return scaled * (1 / (float) Math.pow(TEMPERATURE, exponent));
  }
}
