package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.ModelCard;
import io.robusttrain.checkpoint.TensorSpec;
import io.robusttrain.model.Architecture;
import io.robusttrain.pretrained.BicubicGrid.Grid;
import io.robusttrain.tensor.ParameterSpec;
import java.util.List;
import java.util.Optional;

/**
 * A learned embedding (1, N, D) of absolute positions: some prefix tokens, such as the class token,
 * then a grid of patches.
 *
 * @param name of the tensor
 * @param prefixTokens before the grid
 * @param grid of the patches
 * @param dim D
 * @param patchHeight in pixels
 * @param patchWidth in pixels
 */
record PositionEmbedding(
    String name, int prefixTokens, Grid grid, int dim, int patchHeight, int patchWidth) {
  private static final String NAME = "pos_embed";
  private static final String PATCHES = "patch_embed.proj.weight";

  /** That of an architecture, if it has one. */
  static Optional<PositionEmbedding> of(Architecture architecture) {
    Optional<List<Long>> positions = shape(architecture, NAME).filter(shape -> shape.size() == 3);
    Optional<List<Long>> patches = shape(architecture, PATCHES).filter(shape -> shape.size() == 4);
    if (positions.isEmpty() || patches.isEmpty()) {
      return Optional.empty();
    }
    int height = Math.toIntExact(patches.get().get(2));
    int width = Math.toIntExact(patches.get().get(3));
    Grid grid = new Grid(architecture.imageHeight() / height, architecture.imageWidth() / width);
    int tokens = Math.toIntExact(positions.get().get(1));
    int dim = Math.toIntExact(positions.get().get(2));
    return Optional.of(
        new PositionEmbedding(NAME, tokens - grid.tokens(), grid, dim, height, width));
  }

  private static Optional<List<Long>> shape(Architecture architecture, String name) {
    return architecture.layout().specs().stream()
        .filter(spec -> spec.name().equals(name))
        .map(ParameterSpec::shape)
        .findFirst();
  }

  /**
   * The grid of a stored embedding: what the model file's input size says, else a square. Empty if
   * it cannot be told, or if the tensor is no such embedding with as many prefix tokens.
   */
  Optional<Grid> gridOf(TensorSpec stored, Optional<ModelCard> card) {
    List<Long> shape = stored.shape();
    if (shape.size() != 3 || shape.get(0) != 1 || shape.get(2) != dim) {
      return Optional.empty();
    }
    long tokens = shape.get(1) - prefixTokens;
    int side = (int) Math.sqrt((double) Math.max(0, tokens));
    return card.map(known -> gridOf(known.preprocessing()))
        .filter(known -> known.tokens() == tokens)
        .or(() -> Optional.of(new Grid(side, side)))
        .filter(found -> found.tokens() > 0 && found.tokens() == tokens);
  }

  private Grid gridOf(io.robusttrain.checkpoint.Preprocessing preprocessing) {
    return new Grid(preprocessing.height() / patchHeight, preprocessing.width() / patchWidth);
  }

  /** The embedding of this grid from one of another grid; prefix tokens stay as they are. */
  float[] resize(float[] stored, Grid from) {
    float[] resized = new float[(prefixTokens + grid.tokens()) * dim];
    int prefix = prefixTokens * dim;
    System.arraycopy(stored, 0, resized, 0, prefix);
    BicubicGrid.resize(stored, from, resized, grid, dim, prefix);
    return resized;
  }
}
