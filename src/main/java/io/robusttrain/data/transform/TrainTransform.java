package io.robusttrain.data.transform;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.PixelSource;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.transform.StageListener.Stage;
import io.robusttrain.tensor.RandomStream;
import java.io.Serializable;
import java.util.Objects;

/**
 * The training augmentation, in timm's order: crop, horizontal flip, vertical flip, policy, colour
 * jitter, rotation, erasing. What happens to a sample follows from (seed, epoch, sample id, repeat)
 * alone. Immutable and thread-safe.
 *
 * @param size side of the square result, in pixels
 * @param crop how the crop is chosen
 * @param interpolation kernel of the resize
 * @param flipProbability probability of a horizontal flip, 0 to 1
 * @param jitter colour jitter
 * @param strong what is done beyond these
 */
public record TrainTransform(
    int size,
    CropPolicy crop,
    Interpolation interpolation,
    double flipProbability,
    ColorJitter jitter,
    StrongAugmentation strong)
    implements Serializable {

  public TrainTransform {
    Objects.requireNonNull(crop, "crop");
    Objects.requireNonNull(interpolation, "interpolation");
    Objects.requireNonNull(jitter, "jitter");
    Objects.requireNonNull(strong, "strong");
    if (size < 1 || !(flipProbability >= 0 && flipProbability <= 1)) {
      throw new IllegalArgumentException(
          "size must be at least 1 and the flip probability in [0, 1], got %d and %s"
              .formatted(size, flipProbability));
    }
  }

  /** Returns the transform of one epoch, from 0, with the strength that the warm-up gives it. */
  public TrainTransform atEpoch(long epoch) {
    return new TrainTransform(
        size, crop, interpolation, flipProbability, jitter, strong.atEpoch(epoch));
  }

  /**
   * Transforms one image.
   *
   * @param random the stream of this sample, freshly made from its key
   * @param out receives {@code 3 * size * size} unsigned bytes, planar (3, H, W), from {@code
   *     offset} on
   * @throws DataException when a padded image is smaller than the crop
   */
  public void apply(PixelSource image, RandomStream random, byte[] out, int offset) {
    apply(image, random, new Workspace(), StageListener.NONE, out, offset);
  }

  /**
   * As {@link #apply(PixelSource, RandomStream, byte[], int)}, in memory that is kept.
   *
   * @param stages is told when each stage from the crop on has ended
   */
  public void apply(
      PixelSource image,
      RandomStream random,
      Workspace workspace,
      StageListener stages,
      byte[] out,
      int offset) {
    RgbImage changed = crop(image, random, workspace);
    stages.ended(Stage.CROP);
    boolean flip = random.nextDouble() < flipProbability;
    if (strong.verticalFlip() > 0 && random.nextDouble() < strong.verticalFlip()) {
      PixelMoves.flipRows(changed);
    }
    // A flip commutes with the jitter, so without other moves it can be left to the last copy.
    if (flip && strong.movesPixels()) {
      PixelMoves.flipColumns(changed);
      flip = false;
    }
    stages.ended(Stage.FLIP);
    changed = strong.policy().apply(changed, random);
    stages.ended(Stage.POLICY);
    jitter.apply(changed, random);
    stages.ended(Stage.JITTER);
    if (strong.rotation() > 0) {
      double degrees = random.nextDouble(-strong.rotation(), strong.rotation());
      changed = Warp.rotate(degrees, size, size).apply(changed, Warp.Sampling.NEAREST, new byte[3]);
    }
    stages.ended(Stage.ROTATION);
    PixelMoves.writePlanar(
        changed,
        flip ? PixelMoves.RowDirection.MIRRORED : PixelMoves.RowDirection.AS_IS,
        out,
        offset);
    stages.ended(Stage.PLANES);
    strong.erasing().apply(out, offset, size, random);
    stages.ended(Stage.ERASING);
  }

  private RgbImage crop(PixelSource image, RandomStream random, Workspace workspace) {
    if (crop instanceof CropPolicy.RandomResized resized) {
      Region region = resized.draw(image.width(), image.height(), random);
      Region all = new Region(0, 0, size, size);
      return Resampler.resize(
          image, region, new Resampler.Target(size, size, interpolation, all), workspace);
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
    return PixelMoves.window(image, left, top, size, workspace);
  }
}
