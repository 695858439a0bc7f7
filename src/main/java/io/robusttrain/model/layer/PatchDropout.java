package io.robusttrain.model.layer;

import io.robusttrain.model.TokenDropping;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * The leaving out of patch tokens behind their positions, timm's {@code PatchDropout}. What is kept
 * stays in its order.
 *
 * @param prefix tokens before those of the patches, which are kept
 * @param device where the tokens are
 */
public record PatchDropout(int prefix, ComputeDevice device) {
  /**
   * Leaves tokens out.
   *
   * @param tokens (B, prefix + rows * columns, D), row by row
   * @return (B, prefix + K, D) in the caller's scope; the tokens themselves if all are kept
   */
  public Tensor forward(Tensor tokens, int rows, int columns, TokenDropping.Draw draw) {
    int kept = draw.dropping().kept(rows, columns);
    if (kept == rows * columns) {
      return tokens;
    }
    int images = Math.toIntExact(tokens.size(0));
    return Tensors.scoped(
        () -> {
          Tensor places = Tensors.labels(places(images, rows, columns, draw), device);
          return tokens
              .reshape(images * tokens.size(1), tokens.size(2))
              .index_select(0, places)
              .view(images, prefix + kept, tokens.size(2));
        });
  }

  /** Places in a row of all tokens of all images. */
  private int[] places(int images, int rows, int columns, TokenDropping.Draw draw) {
    int[] drawn = draw.places(images, rows, columns);
    int kept = draw.dropping().kept(rows, columns);
    int before = prefix + rows * columns;
    int after = prefix + kept;
    int[] places = new int[images * after];
    for (int i = 0; i < places.length; i++) {
      int image = i / after;
      int token = i % after;
      places[i] =
          image * before + (token < prefix ? token : prefix + drawn[image * kept + token - prefix]);
    }
    return places;
  }
}
