package io.robusttrain.data.transform;

import io.robusttrain.tensor.RandomStream;
import java.io.Serializable;

/** How a training crop is chosen. */
public sealed interface CropPolicy extends Serializable {

  /**
   * torchvision's {@code RandomResizedCrop}: a region whose area is uniform on [minScale, maxScale]
   * of the image and whose aspect ratio (width / height) is log-uniform on [minRatio, maxRatio],
   * resized to the target. After ten draws that do not fit, the largest centred region whose aspect
   * ratio is within bounds.
   *
   * @param minScale smallest area, as a fraction of the image, above 0
   * @param maxScale largest area, as a fraction of the image
   * @param minRatio smallest aspect ratio, above 0
   * @param maxRatio largest aspect ratio
   */
  record RandomResized(double minScale, double maxScale, double minRatio, double maxRatio)
      implements CropPolicy {
    private static final int TRIES = 10;

    public RandomResized {
      if (!(minScale > 0 && maxScale >= minScale && minRatio > 0 && maxRatio >= minRatio)) {
        throw new IllegalArgumentException(
            "random resized crop needs 0 < min <= max, got scale %s to %s, ratio %s to %s"
                .formatted(minScale, maxScale, minRatio, maxRatio));
      }
    }

    /** Draws the region of an image of {@code width} x {@code height} pixels. */
    Region draw(int width, int height, RandomStream random) {
      double area = (double) width * height;
      double logMin = Math.log(minRatio);
      double logMax = Math.log(maxRatio);
      for (int i = 0; i < TRIES; i++) {
        double target = area * random.nextDouble(minScale, maxScale);
        double ratio = Math.exp(random.nextDouble(logMin, logMax));
        int w = (int) Math.rint(Math.sqrt(target * ratio));
        int h = (int) Math.rint(Math.sqrt(target / ratio));
        if (w > 0 && w <= width && h > 0 && h <= height) {
          int top = random.nextInt(height - h + 1);
          int left = random.nextInt(width - w + 1);
          return new Region(left, top, w, h);
        }
      }
      return centred(width, height);
    }

    /** The region taken when no draw fits. */
    Region centred(int width, int height) {
      double ratio = (double) width / height;
      int w = width;
      int h = height;
      if (ratio < minRatio) {
        h = Math.max(1, (int) Math.rint(w / minRatio));
      } else if (ratio > maxRatio) {
        w = Math.max(1, (int) Math.rint(h * maxRatio));
      }
      return new Region((width - w) / 2, (height - h) / 2, w, h);
    }
  }

  /**
   * torchvision's {@code RandomCrop}: pads the image with black on all sides, then takes a window
   * of the target size at a uniform position; nothing is resized.
   *
   * @param padding pixels added on each side, at least 0
   */
  record Padded(int padding) implements CropPolicy {
    public Padded {
      if (padding < 0) {
        throw new IllegalArgumentException("padding must be at least 0, got " + padding);
      }
    }
  }
}
