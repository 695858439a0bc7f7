package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.model.Architecture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InterpolateFuncOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kBicubic;

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
  /** The embedding that an architecture has, if it has one. */
  static Optional<PositionEmbedding> of(Architecture architecture) {
    return architecture
        .positionGrid()
        .map(
            grid ->
                new PositionEmbedding(
                    grid.tensor(),
                    grid.prefixTokens(),
                    new Grid(grid.rows(), grid.columns()),
                    Math.toIntExact(
                        architecture.layout().find(grid.tensor()).orElseThrow().shape().get(2)),
                    architecture.imageHeight() / grid.rows(),
                    architecture.imageWidth() / grid.columns()));
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

  /**
   * The embedding of this grid from one of another grid, as timm resizes it: bicubic with
   * antialiasing. It computes in float64, rounds once, and leaves the prefix tokens as they are.
   */
  float[] resize(float[] stored, Grid from) {
    NativeRuntime.load();
    int prefix = prefixTokens * dim;
    float[] resized = Arrays.copyOf(stored, prefix + grid.tokens() * dim);
    try (PointerScope scope = new PointerScope()) {
      InterpolateFuncOptions options = new InterpolateFuncOptions();
      options.size().put(new LongVector(grid.rows(), grid.columns()));
      options.mode().put(new kBicubic());
      options.align_corners().put(false);
      options.antialias().put(true);
      float[] patches = Arrays.copyOfRange(stored, prefix, stored.length);
      Tensor planes =
          Tensors.of(patches, ComputeDevice.CPU, 1, from.rows(), from.columns(), dim)
              .permute(0, 3, 1, 2)
              .to(torch.ScalarType.Double);
      Tensor tokens = torch.interpolate(planes, options).permute(0, 2, 3, 1).contiguous();
      float[] values = Tensors.toArray(tokens.to(torch.ScalarType.Float));
      System.arraycopy(values, 0, resized, prefix, values.length);
    }
    return resized;
  }

  record Grid(int rows, int columns) {
    int tokens() {
      return rows * columns;
    }

    @Override
    public String toString() {
      return rows + "x" + columns;
    }
  }
}
