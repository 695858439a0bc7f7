package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.ModelCard;
import io.robusttrain.checkpoint.PreprocessingCard;
import io.robusttrain.checkpoint.TensorSpec;
import io.robusttrain.model.Architecture;
import io.robusttrain.pretrained.BicubicGrid.Grid;
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
  /** That of an architecture, if it has one. */
  static Optional<PositionEmbedding> of(Architecture architecture) {
    return architecture
        .positionGrid()
        .map(
            grid ->
                new PositionEmbedding(
                    grid.tensor(),
                    grid.prefixTokens(),
                    new Grid(grid.rows(), grid.columns()),
                    dim(architecture, grid.tensor()),
                    architecture.imageHeight() / grid.rows(),
                    architecture.imageWidth() / grid.columns()));
  }

  private static int dim(Architecture architecture, String tensor) {
    return architecture.layout().specs().stream()
        .filter(spec -> spec.name().equals(tensor))
        .mapToInt(spec -> Math.toIntExact(spec.shape().get(2)))
        .findFirst()
        .orElseThrow();
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

  private Grid gridOf(PreprocessingCard preprocessing) {
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
