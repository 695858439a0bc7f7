package io.robusttrain.model.layer;

import io.robusttrain.model.ImageSize;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A learned linear map of square patches to tokens. timm has it as a convolution whose stride is
 * its kernel, and the weight is of that shape; here it is one matrix product over the patches,
 * after one copy of the image that puts each patch together.
 */
public final class PatchEmbedding {
  private final Scope scope;
  private final String model;
  private final ImageSize image;
  private final int patch;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * With PyTorch's default initial values of a convolution.
   *
   * @param model its name, for messages
   * @param image the only size of input taken, as positions are learned for it; a whole number of
   *     patches
   */
  public PatchEmbedding(Scope scope, String model, ImageSize image, int patch, int dim) {
    this(scope, model, image, patch, dim, true);
  }

  /** As the other, with or without a bias. */
  public PatchEmbedding(
      Scope scope, String model, ImageSize image, int patch, int dim, boolean biased) {
    this.scope = scope.child("proj");
    this.model = model;
    this.image = image;
    this.patch = patch;
    Initializer uniform = Initializer.uniformFanIn(3L * patch * patch);
    weight = this.scope.parameter("weight", uniform, dim, 3, patch, patch);
    bias = biased ? this.scope.parameter("bias", uniform, dim) : this.scope.absent();
  }

  /**
   * From pixels (B, 3, H, W) to tokens (B, N, D), row by row.
   *
   * @throws IllegalArgumentException if the pixels are of another size
   */
  public Tensor forward(Tensor pixels) {
    requireSize(pixels, model, image);
    long batch = pixels.size(0);
    long rows = image.height() / patch;
    long columns = image.width() / patch;
    long values = 3L * patch * patch;
    Tensor patches =
        pixels
            .view(batch, 3, rows, patch, columns, patch)
            .permute(0, 2, 4, 1, 3, 5)
            .reshape(batch, rows * columns, values);
    Tensor tokens = torch.linear(patches, weight.tensor().flatten(1, 3), bias.optional());
    return scope.traced("conv2d", pixels, tokens, () -> Scope.elements(tokens) * values);
  }

  /**
   * Checks that pixels (B, 3, H, W) are of the only size that a model takes.
   *
   * @throws IllegalArgumentException if they are of another size
   */
  public static void requireSize(Tensor pixels, String model, ImageSize image) {
    if (pixels.size(2) != image.height() || pixels.size(3) != image.width()) {
      throw new IllegalArgumentException(
          "%s has position embeddings for %dx%d pixels and takes no other size, not %dx%d;"
                  .formatted(model, image.height(), image.width(), pixels.size(2), pixels.size(3))
              + " resize the images or build the model with that img_size");
    }
  }
}
