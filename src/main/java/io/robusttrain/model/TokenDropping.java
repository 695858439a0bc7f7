package io.robusttrain.model;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.tensor.RandomStream;
import io.robusttrain.tensor.SeedKey;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Which patch tokens a training step leaves out, so that it costs less: timm's {@code
 * patch_drop_rate}, and the masks of AdvXL (Wang et al., Revisiting Adversarial Training at Scale,
 * 2024). Evaluation always has all tokens.
 *
 * @param mode the form of what is kept
 * @param rate share of the tokens that is left out, in [0, 1)
 */
@Immutable
public record TokenDropping(Mode mode, double rate) implements Serializable {
  /** The form of what is kept. */
  public enum Mode {
    /** Any tokens, all equally likely. */
    RANDOM,
    /** A rectangle of the grid with its proportions, in any place. */
    BLOCK
  }

  /**
   * The patch tokens of an image, row by row.
   *
   * @param rows at least 1
   * @param columns at least 1
   */
  @Immutable
  public record Grid(int rows, int columns) implements Serializable {
    /** How many there are. */
    public int tokens() {
      return rows * columns;
    }
  }

  /**
   * The choice of one step: all its forwards of equally many images keep the same tokens.
   *
   * @param dropping the rule
   * @param key of the step's draws
   */
  public record Draw(TokenDropping dropping, SeedKey key) {
    /**
     * The tokens that images keep, each drawn from its own key.
     *
     * @param images how many there are, B
     * @param rows of the grid
     * @param columns of the grid
     * @return places in the grid, row by row and ascending; {@link #kept} of them for each image
     */
    public int[] places(int images, int rows, int columns) {
      return IntStream.range(0, images)
          .flatMap(i -> Arrays.stream(dropping.places(key.with(i).stream(), rows, columns)))
          .toArray();
    }
  }

  public TokenDropping {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException(
          "the share of tokens that are dropped must lie in [0, 1), not " + rate);
    }
  }

  /** How many tokens of a grid are kept, at least 1. */
  public int kept(int rows, int columns) {
    return switch (mode) {
      case RANDOM -> Math.max(1, (int) (rows * columns * (1 - rate)));
      case BLOCK -> side(rows) * side(columns);
    };
  }

  /** The side of the rectangle along a side of the grid: the nearest to the root of its share. */
  public int side(int ofGrid) {
    return Math.max(1, (int) Math.round(ofGrid * Math.sqrt(1 - rate)));
  }

  private int[] places(RandomStream stream, int rows, int columns) {
    return switch (mode) {
      case RANDOM -> {
        int[] all = IntStream.range(0, rows * columns).toArray();
        stream.shuffle(all);
        yield Arrays.stream(all, 0, kept(rows, columns)).sorted().toArray();
      }
      case BLOCK -> {
        int width = side(columns);
        int top = stream.nextInt(rows - side(rows) + 1);
        int left = stream.nextInt(columns - width + 1);
        yield IntStream.range(0, kept(rows, columns))
            .map(i -> (top + i / width) * columns + left + i % width)
            .toArray();
      }
    };
  }

  /**
   * Refuses a model that cannot do without the tokens.
   *
   * @param model its name
   * @param possible what it can do, {@link Architecture#tokenDropping()}
   * @throws IllegalArgumentException if this is not among it
   */
  public void requireOf(String model, Set<Mode> possible) {
    if (possible.contains(mode)) {
      return;
    }
    throw new IllegalArgumentException(
        possible.isEmpty()
            ? "%s needs all its tokens: they are left out of ViT, DeiT and XCiT only; write patch-drop-rate = 0"
                .formatted(model)
            : "%s convolves over the grid of its tokens, so that only a rectangle of them can be kept; write patch-drop-mode = block, or patch-drop-rate = 0"
                .formatted(model));
  }

  /**
   * Refuses a rate at which nothing is left out: a run must not cost more than it seems to.
   *
   * @param model its name
   * @param grid its patch tokens
   * @param possible what it can do, {@link Architecture#tokenDropping()}
   * @throws IllegalArgumentException if all tokens are kept although the rate is above 0
   */
  public void requireDropping(String model, Grid grid, Set<Mode> possible) {
    if (rate == 0 || kept(grid.rows(), grid.columns()) < grid.tokens()) {
      return;
    }
    List<String> remedies = new ArrayList<>();
    if (mode == Mode.BLOCK && grid.tokens() > 1) {
      remedies.add(
          String.format(Locale.ROOT, "a patch-drop-rate of %.3f or more", lowestRate(grid)));
      if (possible.contains(Mode.RANDOM)) {
        remedies.add("patch-drop-mode = random");
      }
    }
    remedies.add("patch-drop-rate = 0");
    int last = remedies.size() - 1;
    String or = last == 0 ? "" : String.join(", ", remedies.subList(0, last)) + ", or ";
    throw new IllegalArgumentException(
        "patch-drop-mode = %s at patch-drop-rate = %s keeps all tokens of the %d x %d grid of %s; write %s"
            .formatted(
                mode.name().toLowerCase(Locale.ROOT),
                rate,
                grid.rows(),
                grid.columns(),
                model,
                or + remedies.get(last)));
  }

  /** Of thousandths, the lowest at which the rectangle is shorter than the grid's longer side. */
  private static double lowestRate(Grid grid) {
    double side = Math.max(grid.rows(), grid.columns());
    double share = (side - 0.5) / side;
    return (Math.floor((1 - share * share) * 1e3) + 1) / 1e3;
  }
}
