package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * How far apart the tokens of a window are, each from each other: which line of a table holds what
 * is learned for that distance. A class token before the window has three lines at the table's end:
 * from it to the others, from them to it, to itself (Bao et al., 2022, "BEiT").
 *
 * <p>Holds a native constant from its first use until the network is closed.
 */
final class RelativePositions {
  /** Lines for a class token. */
  private static final int CLASS_TOKEN_LINES = 3;

  private final Scope scope;
  private final int height;
  private final int width;
  private final int classTokens;
  private Tensor lines;

  RelativePositions(Scope scope, int height, int width, boolean classToken) {
    this.scope = scope;
    this.height = height;
    this.width = width;
    this.classTokens = classToken ? 1 : 0;
  }

  /** The lines L of the table. */
  int size() {
    return distances() + CLASS_TOKEN_LINES * classTokens;
  }

  private int distances() {
    return (2 * height - 1) * (2 * width - 1);
  }

  /** From a table (L, h) to what it holds for each pair of tokens, (h, N, N). */
  Tensor pairs(Tensor table) {
    long tokens = (long) height * width + classTokens;
    if (table.stride(0) == 0) {
      // A trace's, whose elements are one and the same: nothing is looked up, no memory taken.
      return table.select(0, 0).expand(tokens, tokens, table.size(1)).permute(2, 0, 1);
    }
    if (lines == null) {
      try (PointerScope temporary = new PointerScope()) {
        lines = scope.keep(Tensors.labels(lines(), scope.device()));
      }
    }
    return table.index_select(0, lines).view(tokens, tokens, table.size(1)).permute(2, 0, 1);
  }

  private int[] lines() {
    int tokens = height * width + classTokens;
    int[] all = new int[tokens * tokens];
    for (int i = 0; i < tokens; i++) {
      for (int j = 0; j < tokens; j++) {
        all[i * tokens + j] = line(i - classTokens, j - classTokens);
      }
    }
    return all;
  }

  /** The line of a pair; -1 is the class token. */
  private int line(int i, int j) {
    if (i < 0 || j < 0) {
      return distances() + (i >= 0 ? 1 : j >= 0 ? 0 : 2);
    }
    int down = i / width - j / width + height - 1;
    int across = i % width - j % width + width - 1;
    return down * (2 * width - 1) + across;
  }
}
