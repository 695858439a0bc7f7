package io.robusttrain.train.resume;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.PositionGrid;
import io.robusttrain.model.PositionTable;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How the moments of the optimiser go from one network to the same one of another resolution. An
 * element of a tensor that both have keeps its own. An element of a resized tensor of positions
 * takes those of the nearest place of the same channel, all of them from one: a second moment stays
 * positive, and belongs to its first.
 *
 * @param size of the former flat vector
 * @param pieces that cover the new flat vector, in its order
 */
record Carry(int size, List<Piece> pieces) implements Serializable {
  /**
   * Neighbouring elements.
   *
   * @param to first element in the new vector
   * @param from first element in the former one
   * @param length at least 1
   */
  record Piece(int to, int from, int length) implements Serializable {}

  /**
   * Between two networks that differ in their resolution.
   *
   * @throws IllegalArgumentException if they differ in more than tensors of positions
   */
  static Carry between(Architecture former, Architecture next) {
    ParameterLayout source = former.layout();
    ParameterLayout target = next.layout();
    TreeMap<Integer, List<Piece>> byPlace = new TreeMap<>();
    for (ParameterSpec spec : target.specs()) {
      ParameterSpec found = source.find(spec.name()).orElseThrow();
      int to = target.offset(spec.name());
      int from = source.offset(spec.name());
      byPlace.put(
          to,
          found.shape().equals(spec.shape())
              ? List.of(new Piece(to, from, Math.toIntExact(spec.elements())))
              : resized(spec.name(), former, next));
    }
    List<Piece> pieces = new ArrayList<>();
    byPlace.values().stream().flatMap(List::stream).forEach(piece -> append(piece, pieces));
    return new Carry(source.size(), List.copyOf(pieces));
  }

  /** Adds a piece, or lengthens the last one by it. */
  private static void append(Piece piece, List<Piece> pieces) {
    int last = pieces.size() - 1;
    if (last >= 0) {
      Piece before = pieces.get(last);
      if (before.to() + before.length() == piece.to()
          && before.from() + before.length() == piece.from()) {
        pieces.set(last, new Piece(before.to(), before.from(), before.length() + piece.length()));
        return;
      }
    }
    pieces.add(piece);
  }

  private static List<Piece> resized(String tensor, Architecture former, Architecture next) {
    int to = next.layout().offset(tensor);
    int from = former.layout().offset(tensor);
    List<Long> shape = next.layout().find(tensor).orElseThrow().shape();
    int width = Math.toIntExact(shape.get(shape.size() - 1));
    if (former.positionGrid().map(PositionGrid::tensor).filter(tensor::equals).isPresent()) {
      PositionGrid old = former.positionGrid().get();
      PositionGrid now = next.positionGrid().orElseThrow();
      List<Piece> pieces = new ArrayList<>();
      int prefix = now.prefixTokens() * width;
      if (prefix > 0) {
        pieces.add(new Piece(to, from, prefix));
      }
      grid(
          new int[] {old.rows(), old.columns(), now.rows(), now.columns()},
          new int[] {to + prefix, from + prefix, width},
          pieces);
      return pieces;
    }
    PositionTable old = table(former, tensor);
    PositionTable now = table(next, tensor);
    List<Piece> pieces = new ArrayList<>();
    int[] sizes = {
      2 * old.rows() - 1, 2 * old.columns() - 1, 2 * now.rows() - 1, 2 * now.columns() - 1
    };
    grid(sizes, new int[] {to, from, width}, pieces);
    if (now.extraLines() > 0) {
      pieces.add(
          new Piece(
              to + sizes[2] * sizes[3] * width,
              from + sizes[0] * sizes[1] * width,
              now.extraLines() * width));
    }
    return pieces;
  }

  private static PositionTable table(Architecture architecture, String tensor) {
    return architecture.positionTables().stream()
        .filter(table -> table.tensor().equals(tensor))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(tensor + " has another shape, and no positions"));
  }

  /**
   * Adds the lines of a grid.
   *
   * @param sizes former rows and columns, new rows and columns
   * @param places where the grid begins in the new vector and in the former one, and elements of a
   *     line
   */
  private static void grid(int[] sizes, int[] places, List<Piece> pieces) {
    for (int row = 0; row < sizes[2]; row++) {
      int sourceRow = nearest(row, sizes[2], sizes[0]);
      for (int column = 0; column < sizes[3]; column++) {
        int source = sourceRow * sizes[1] + nearest(column, sizes[3], sizes[1]);
        int width = places[2];
        pieces.add(
            new Piece(
                places[0] + (row * sizes[3] + column) * width, places[1] + source * width, width));
      }
    }
  }

  /**
   * The place of {@code from} in a row whose middle is nearest to that of a place of {@code to}.
   */
  private static int nearest(int place, int to, int from) {
    return (int) ((2L * place + 1) * from / (2L * to));
  }

  /**
   * The stretch of the former vector that holds what a slice of the new one takes.
   *
   * @param start of the slice
   * @param length of the slice
   * @return first element, and the one behind the last
   */
  int[] source(int start, int length) {
    int first = size;
    int end = 0;
    for (Piece piece : cut(start, length)) {
      first = Math.min(first, piece.from());
      end = Math.max(end, piece.from() + piece.length());
    }
    return new int[] {Math.min(first, end), end};
  }

  /**
   * The slice of the new vectors.
   *
   * @param former the stretch {@link #source} of the former vectors, by name
   */
  Map<String, float[]> slice(Map<String, float[]> former, int start, int length) {
    int first = source(start, length)[0];
    Map<String, float[]> slices = new TreeMap<>();
    former.forEach(
        (name, values) -> {
          float[] slice = new float[length];
          for (Piece piece : cut(start, length)) {
            System.arraycopy(
                values, piece.from() - first, slice, piece.to() - start, piece.length());
          }
          slices.put(name, slice);
        });
    return slices;
  }

  /** What lies in a slice of the new vector. */
  private List<Piece> cut(int start, int length) {
    List<Piece> cut = new ArrayList<>();
    for (Piece piece : pieces) {
      int from = Math.max(start, piece.to());
      int end = Math.min(start + length, piece.to() + piece.length());
      if (from < end) {
        cut.add(new Piece(from, piece.from() + from - piece.to(), end - from));
      }
    }
    return cut;
  }
}
