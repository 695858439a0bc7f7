package io.robusttrain.data.prep.source;

import java.io.Serializable;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A drawn image set: ten classes that differ by shape (disc, ring, triangle, square, star, cross,
 * crescent) and by texture (striped, checkered, dotted patches of any outline). Colour, position,
 * scale, rotation, lighting, clutter and noise vary and carry no information about the class, so no
 * pixel does by itself. Every image comes from the key (seed, split, index) alone and looks the
 * same at every resolution.
 *
 * @param classes number of classes, 2 to 10
 * @param size side in pixels, at least 8
 * @param seed of the whole set
 * @param format file format
 */
public record SyntheticImages(int classes, int size, long seed, Format format)
    implements Serializable {
  /** File format of the drawn images. */
  public enum Format {
    PNG,
    /** Quality 0.92. */
    JPEG
  }

  private static final List<String> NAMES =
      List.of(
          "disc",
          "ring",
          "triangle",
          "square",
          "star",
          "cross",
          "crescent",
          "striped",
          "checkered",
          "dotted");
  private static final int SUBSAMPLES = 3;

  /**
   * Checks what is to be drawn.
   *
   * @throws IllegalArgumentException for a number of classes or a size that cannot be drawn
   */
  public SyntheticImages {
    if (classes < 2 || classes > NAMES.size()) {
      throw new IllegalArgumentException(
          "classes must be 2 to " + NAMES.size() + ", not " + classes);
    }
    if (size < 8 || size > 4096) {
      throw new IllegalArgumentException("size must be 8 to 4096 pixels, not " + size);
    }
  }

  /** Class names in index order. */
  public List<String> classNames() {
    return NAMES.subList(0, classes);
  }

  /** Class of an image; classes take turns, so every split is balanced. */
  int label(int index) {
    return index % classes;
  }

  /** Draws an image and encodes it. */
  byte[] encoded(String split, int index) {
    byte[] rgb = pixels(split, index);
    return format == Format.PNG
        ? EncodedImages.png(size, size, rgb)
        : EncodedImages.jpeg(size, size, rgb, 0.92f);
  }

  /** Rough size of an encoded image, bytes. */
  long expectedBytes() {
    return format == Format.PNG ? 100 + (long) (2.7 * size * size) : 300 + (long) size * size / 2;
  }

  /** Draws an image: its pixels, row-major RGB, {@code 3 * size * size} bytes. */
  byte[] pixels(String split, int index) {
    SplittableRandom random =
        new SplittableRandom(Keys.mix(Keys.hash(seed, split) + Keys.mix(index)));
    Scene scene = new Scene(NAMES.get(label(index)), random);
    byte[] rgb = new byte[3 * size * size];
    double[] colour = new double[3];
    double[] sum = new double[3];
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        sum[0] = sum[1] = sum[2] = 0;
        for (int dy = 0; dy < SUBSAMPLES; dy++) {
          for (int dx = 0; dx < SUBSAMPLES; dx++) {
            double u = (x + (dx + 0.5) / SUBSAMPLES) / size;
            double v = (y + (dy + 0.5) / SUBSAMPLES) / size;
            scene.shade(u, v, colour);
            for (int c = 0; c < 3; c++) {
              sum[c] += colour[c];
            }
          }
        }
        double grain = scene.noise() * gaussian(random);
        for (int c = 0; c < 3; c++) {
          double value = sum[c] / (SUBSAMPLES * SUBSAMPLES) + grain + noise(scene, random);
          rgb[3 * (y * size + x) + c] = (byte) Math.round(255 * Math.max(0, Math.min(1, value)));
        }
      }
    }
    return rgb;
  }

  private static double noise(Scene scene, SplittableRandom random) {
    return 0.5 * scene.noise() * gaussian(random);
  }

  /** Sum of four uniform numbers: near enough to normal, exact on every platform. */
  private static double gaussian(SplittableRandom random) {
    double sum = random.nextDouble() + random.nextDouble() + random.nextDouble();
    return (sum + random.nextDouble() - 2) * 1.7320508075688772;
  }
}
