package io.robusttrain.data.transform;

import io.robusttrain.data.image.PixelSource;
import io.robusttrain.data.image.RgbImage;
import java.io.Serializable;
import java.util.Objects;

/**
 * The evaluation transform of timm: resize the shorter side to floor(size / cropFraction), keep the
 * aspect ratio as torchvision does, cut the centre. Immutable and thread-safe.
 *
 * @param size side of the square result, in pixels
 * @param cropFraction side of the result as a fraction of the resized shorter side, in (0, 1]
 * @param interpolation kernel of the resize
 */
public record EvalTransform(int size, double cropFraction, Interpolation interpolation)
    implements Serializable {

  public EvalTransform {
    Objects.requireNonNull(interpolation, "interpolation");
    if (size < 1 || !(cropFraction > 0 && cropFraction <= 1)) {
      throw new IllegalArgumentException(
          "size must be at least 1 and the crop fraction in (0, 1], got %d and %s"
              .formatted(size, cropFraction));
    }
  }

  /**
   * Transforms one image.
   *
   * @param out receives {@code 3 * size * size} unsigned bytes, planar (3, H, W), from {@code
   *     offset} on
   */
  public void apply(PixelSource image, byte[] out, int offset) {
    apply(image, new Workspace(), out, offset);
  }

  /** As {@link #apply(PixelSource, byte[], int)}, in memory that is kept. */
  public void apply(PixelSource image, Workspace workspace, byte[] out, int offset) {
    RgbImage centre = apply(image, workspace);
    PixelMoves.writePlanar(centre, PixelMoves.RowDirection.AS_IS, out, offset);
  }

  /** Transforms one image into a new image of {@code size} x {@code size}. */
  public RgbImage apply(PixelSource image) {
    return apply(image, new Workspace());
  }

  private RgbImage apply(PixelSource image, Workspace workspace) {
    int shorter = (int) Math.floor(size / cropFraction);
    int w = image.width();
    int h = image.height();
    int width = w <= h ? shorter : (int) ((double) shorter * w / h);
    int height = w <= h ? (int) ((double) shorter * h / w) : shorter;
    int left = (int) Math.rint((width - size) / 2.0);
    int top = (int) Math.rint((height - size) / 2.0);
    return Resampler.resize(
        image,
        new Region(0, 0, w, h),
        new Resampler.Target(width, height, interpolation, new Region(left, top, size, size)),
        workspace);
  }
}
