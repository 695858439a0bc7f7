package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.PositionTable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A learned table of relative positions, a line of (heads) for each distance inside a window.
 *
 * @param table the model's
 * @param heads numbers of a line
 */
record PositionBias(PositionTable table, int heads) {
  /** The places of a stored table lie closer in its middle: the least and greatest ratio tried. */
  private static final double LEAST_RATIO = 1.01;

  private static final double GREATEST_RATIO = 1.5;
  private static final double RATIO_PRECISION = 1e-6;

  /** The tables that an architecture has, by the names of the tensors. */
  static Map<String, PositionBias> of(Architecture architecture) {
    return architecture.positionTables().stream()
        .collect(
            Collectors.toMap(
                PositionTable::tensor,
                table ->
                    new PositionBias(
                        table,
                        Math.toIntExact(
                            architecture
                                .layout()
                                .find(table.tensor())
                                .orElseThrow()
                                .shape()
                                .get(1)))));
  }

  /**
   * The side of the square window that a stored table of another size is for. Empty if it is of
   * this size, or of no square window with as many heads and extra lines.
   */
  Optional<Integer> sideOf(TensorSpec stored) {
    List<Long> shape = stored.shape();
    if (shape.size() != 2 || shape.get(1) != heads) {
      return Optional.empty();
    }
    long lines = shape.get(0) - table.extraLines();
    int across = (int) Math.sqrt((double) Math.max(0, lines));
    boolean square = lines > 0 && (long) across * across == lines && across % 2 == 1;
    return square && lines != (long) rows() * columns()
        ? Optional.of((across + 1) / 2)
        : Optional.empty();
  }

  /** Distances from top to bottom. */
  private int rows() {
    return 2 * table.rows() - 1;
  }

  /** Distances from left to right. */
  private int columns() {
    return 2 * table.columns() - 1;
  }

  /**
   * The table of this window from that of a square one, as timm resizes it: linearly between places
   * whose distances grow in geometric progression from the middle. It computes in float64 between
   * places rounded to float32; extra lines stay as they are.
   *
   * @param side of the stored table's window
   */
  float[] resize(float[] stored, int side) {
    int across = 2 * side - 1;
    int extra = table.extraLines() * heads;
    float[] resized = new float[rows() * columns() * heads + extra];
    float[] placesDown = places(across, rows());
    float[] placesAcross = places(across, columns());
    for (int row = 0; row < rows(); row++) {
      Between down = Between.of(placesDown, row - (table.rows() - 1));
      for (int column = 0; column < columns(); column++) {
        Between right = Between.of(placesAcross, column - (table.columns() - 1));
        for (int head = 0; head < heads; head++) {
          double above = right.of(stored, down.low() * across, heads, head);
          double below = right.of(stored, down.high() * across, heads, head);
          resized[(row * columns() + column) * heads + head] =
              (float) (above * (1 - down.share()) + below * down.share());
        }
      }
    }
    System.arraycopy(stored, stored.length - extra, resized, resized.length - extra, extra);
    return resized;
  }

  /** Where a stored table's distances lie among those of a table of {@code to} distances. */
  private static float[] places(int from, int to) {
    int inner = from / 2;
    int outer = to / 2;
    double low = LEAST_RATIO;
    double high = GREATEST_RATIO;
    double ratio = low;
    while (high - low > RATIO_PRECISION) {
      ratio = (low + high) / 2;
      if ((1 - Math.pow(ratio, inner)) / (1 - ratio) > outer) {
        high = ratio;
      } else {
        low = ratio;
      }
    }
    float[] places = new float[from];
    double place = 1;
    for (int i = 1; i <= inner; i++) {
      places[inner + i] = (float) place;
      places[inner - i] = (float) -place;
      place += Math.pow(ratio, i);
    }
    return places;
  }

  /**
   * A place between two others.
   *
   * @param low the one before it
   * @param high the one behind it, or the last of all
   * @param share of the way from low to high, in [0, 1]
   */
  private record Between(int low, int high, double share) {
    static Between of(float[] places, int place) {
      int found = Arrays.binarySearch(places, (float) place);
      int high = Math.min(found >= 0 ? found : -found - 1, places.length - 1);
      int low = Math.max(high - 1, 0);
      double before = Math.max(0, place - (double) places[low]);
      double behind = Math.max(0, (double) places[high] - place);
      return new Between(low, high, before + behind == 0 ? 0.5 : before / (before + behind));
    }

    double of(float[] lines, int start, int heads, int head) {
      return lines[(start + low) * heads + head] * (1 - share)
          + lines[(start + high) * heads + head] * share;
    }
  }
}
