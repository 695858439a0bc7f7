package io.robusttrain.data.transform;

import io.robusttrain.data.DataException;
import io.robusttrain.data.RgbImage;
import java.io.Serializable;
import java.util.Objects;

/**
 * The training augmentation: crop, horizontal flip, colour jitter, in that order. What happens to a
 * sample follows from (seed, epoch, sample id) alone. Immutable and thread-safe.
 *
 * @param size side of the square result, in pixels
 * @param crop how the crop is chosen
 * @param interpolation kernel of the resize
 * @param flipProbability probability of a horizontal flip, 0 to 1
 * @param jitter colour jitter
 */
public record TrainTransform(
    int size,
    CropPolicy crop,
    Interpolation interpolation,
    double flipProbability,
    ColorJitter jitter)
    implements Serializable {

  /** Checks the ranges. */
  public TrainTransform {
    Objects.requireNonNull(crop, "crop");
    Objects.requireNonNull(interpolation, "interpolation");
    Objects.requireNonNull(jitter, "jitter");
    if (size < 1 || !(flipProbability >= 0 && flipProbability <= 1)) {
      throw new IllegalArgumentException(
          "size must be at least 1 and the flip probability in [0, 1], got %d and %s"
              .formatted(size, flipProbability));
    }
  }

  /**
   * Transforms one image.
   *
   * @param random the stream of this sample, freshly made from its key
   * @param out receives {@code 3 * size * size} unsigned bytes, planar (3, H, W), from {@code
   *     offset} on
   * @throws DataException when a padded image is smaller than the crop
   */
  public void apply(RgbImage image, SampleRandom random, byte[] out, int offset) {
    RgbImage cropped = crop(image, random);
    boolean flip = random.nextDouble() < flipProbability;
    // A flip moves pixels only, so it commutes with the jitter and can be left to the last copy.
    jitter.apply(cropped, random);
    Pixels.writePlanar(
        cropped, flip ? Pixels.RowDirection.MIRRORED : Pixels.RowDirection.AS_IS, out, offset);
  }

  private RgbImage crop(RgbImage image, SampleRandom random) {
    if (crop instanceof CropPolicy.RandomResized resized) {
      Region region = resized.draw(image.width(), image.height(), random);
      return Resampler.resize(image, region, size, size, interpolation);
    }
    int padding = ((CropPolicy.Padded) crop).padding();
    int spareX = image.width() + 2 * padding - size;
    int spareY = image.height() + 2 * padding - size;
    if (spareX < 0 || spareY < 0) {
      throw new DataException(
          "image of %dx%d with padding %d is smaller than the crop of %d; use larger images, a"
                  .formatted(image.width(), image.height(), padding, size)
              + " smaller size, or the random resized crop");
    }
    int top = random.nextInt(spareY + 1) - padding;
    int left = random.nextInt(spareX + 1) - padding;
    return Pixels.window(image, left, top, size);
  }
}
