package io.robusttrain.data.transform;

import io.robusttrain.tensor.RandomStream;
import java.io.Serializable;

/**
 * How operations that move pixels find values between pixels, and beside the image.
 *
 * @param red colour of places beside the image, 0 to 255
 * @param green as {@code red}
 * @param blue as {@code red}
 * @param kernels what places between pixels are found with
 */
public record Filling(int red, int green, int blue, Kernels kernels) implements Serializable {

  /** Kernels of timm's operations; none is antialiased. */
  public enum Kernels {
    BILINEAR,
    BICUBIC,
    /** One of the two, drawn for each operation. */
    RANDOM
  }

  public Filling {
    if (((red | green | blue) & ~0xff) != 0) {
      throw new IllegalArgumentException(
          "a colour has values of 0 to 255, got %d, %d, %d".formatted(red, green, blue));
    }
  }

  /** The colour {@code round(255 * mean)} for the mean of red, green and blue in [0, 1]. */
  public static Filling ofMean(double[] mean, Kernels kernels) {
    return new Filling(level(mean[0]), level(mean[1]), level(mean[2]), kernels);
  }

  private static int level(double mean) {
    return (int) Math.min(255, Math.rint(255 * mean));
  }

  byte[] colour() {
    return new byte[] {(byte) red, (byte) green, (byte) blue};
  }

  Warp.Sampling sampling(RandomStream random) {
    return switch (kernels) {
      case BILINEAR -> Warp.Sampling.BILINEAR;
      case BICUBIC -> Warp.Sampling.BICUBIC;
      case RANDOM -> random.nextInt(2) == 0 ? Warp.Sampling.BILINEAR : Warp.Sampling.BICUBIC;
    };
  }
}
