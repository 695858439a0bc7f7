package io.robusttrain.model.layer;

import io.robusttrain.tensor.Tensors;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * XCiT's positional features: sines and cosines of a token's place in its grid, 32 for the row and
 * 32 for the column. Made once per grid size, owned by the network.
 */
public final class FourierGrid {
  /** Features of a token. */
  public static final int FEATURES = 64;

  private static final int FREQUENCIES = FEATURES / 2;
  private static final float EPSILON = 1e-6f;
  private static final float CIRCLE = (float) (2 * Math.PI);
  private static final double TEMPERATURE = 10000;

  private record Grid(int rows, int columns) {}

  private final Scope scope;
  private final Map<Grid, Tensor> grids = new HashMap<>();

  public FourierGrid(Scope scope) {
    this.scope = scope;
  }

  /** The features of a grid of tokens, float32 (rows * columns, 64), row-major. */
  public Tensor features(int rows, int columns) {
    return grids.computeIfAbsent(
        new Grid(rows, columns),
        grid -> {
          try (PointerScope temporary = new PointerScope()) {
            float[] values = values(rows, columns);
            return scope.keep(Tensors.of(values, scope.device(), (long) rows * columns, FEATURES));
          }
        });
  }

  private static float[] values(int rows, int columns) {
    float[] values = new float[rows * columns * FEATURES];
    int next = 0;
    for (int y = 1; y <= rows; y++) {
      for (int x = 1; x <= columns; x++) {
        next = axis(values, next, y / (rows + EPSILON) * CIRCLE);
        next = axis(values, next, x / (columns + EPSILON) * CIRCLE);
      }
    }
    return values;
  }

  private static int axis(float[] values, int from, float angle) {
    for (int i = 0; i < FREQUENCIES; i++) {
      // Single precision throughout, as timm computes it.
      float period = (float) Math.pow(TEMPERATURE, 2 * (i / 2) / (double) FREQUENCIES);
      float phase = angle / period;
      values[from + i] = (float) (i % 2 == 0 ? Math.sin(phase) : Math.cos(phase));
    }
    return from + FREQUENCIES;
  }
}
