package io.robusttrain.data.transform;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.tensor.RandomStream;

/**
 * timm's operations for RandAugment. Each turns a magnitude of 0 to 10 into its argument, and
 * applies it with Pillow's arithmetic.
 */
enum AugmentationOperation {
  /** Each channel stretched to 0 to 255. */
  AUTO_CONTRAST(none(), tone((image, none) -> ToneCurves.autoContrast(image))),
  /** Even histogram of each channel. */
  EQUALIZE(none(), tone((image, none) -> ToneCurves.equalize(image))),
  INVERT(none(), tone((image, none) -> ToneCurves.invert(image))),
  /** Turned by up to 30 degrees. */
  ROTATE(signed(30), warp((image, degrees) -> Warp.rotate(degrees, image.width(), image.height()))),
  /** Bits kept: 0 to 4, growing with the magnitude, or (increasing) 4 to 0. */
  POSTERIZE(
      (magnitude, severity, random) -> {
        int bits = (int) (magnitude / 10 * 4);
        return severity == Severity.INCREASING ? 4 - bits : bits;
      },
      // Beyond magnitude 10 timm asks for fewer than 0 bits, which leaves black as well.
      tone((image, bits) -> ToneCurves.posterize(image, Math.max(0, Math.min(8, (int) bits))))),
  /** Values inverted from a threshold on: 0 to 256, or (increasing) 256 to 0. */
  SOLARIZE(
      (magnitude, severity, random) -> {
        int threshold = Math.min(256, (int) (magnitude / 10 * 256));
        return severity == Severity.INCREASING ? 256 - threshold : threshold;
      },
      tone((image, threshold) -> ToneCurves.solarize(image, (int) threshold))),
  /** Up to 110 added to values below 128. */
  SOLARIZE_ADD(
      (magnitude, severity, random) -> Math.min(128, (int) (magnitude / 10 * 110)),
      tone((image, added) -> ToneCurves.solarizeAdd(image, (int) added))),
  /** Saturation. */
  COLOR(enhancement(), tone(ColorOps.SATURATION::apply)),
  CONTRAST(enhancement(), tone(ColorOps.CONTRAST::apply)),
  BRIGHTNESS(enhancement(), tone(ColorOps.BRIGHTNESS::apply)),
  SHARPNESS(enhancement(), tone(Sharpness::apply)),
  /** Columns of a row moved by up to 0.3 of its number. */
  SHEAR_X(signed(0.3), warp((image, factor) -> Warp.shearX(factor))),
  /** Rows of a column moved by up to 0.3 of its number. */
  SHEAR_Y(signed(0.3), warp((image, factor) -> Warp.shearY(factor))),
  /** Moved sideways by up to 0.45 of the width. */
  TRANSLATE_X_REL(signed(0.45), warp((image, share) -> Warp.translate(share * image.width(), 0))),
  /** Moved up or down by up to 0.45 of the height. */
  TRANSLATE_Y_REL(signed(0.45), warp((image, share) -> Warp.translate(0, share * image.height())));

  private final Argument argument;
  private final Effect effect;

  AugmentationOperation(Argument argument, Effect effect) {
    this.argument = argument;
    this.effect = effect;
  }

  /** Argument of a magnitude of 0 to 10; 0 where there is none. Draws signs only. */
  double argument(double magnitude, Severity severity, RandomStream random) {
    return argument.of(magnitude, severity, random);
  }

  /** Applies the operation; the samples of {@code image} may be reused. */
  RgbImage apply(RgbImage image, double value, Filling filling, RandomStream random) {
    return effect.apply(image, value, filling, random);
  }

  @Immutable
  @FunctionalInterface
  private interface Argument {
    double of(double magnitude, Severity severity, RandomStream random);
  }

  @Immutable
  @FunctionalInterface
  private interface Effect {
    RgbImage apply(RgbImage image, double value, Filling filling, RandomStream random);
  }

  /** Changes samples in place. */
  @Immutable
  @FunctionalInterface
  private interface Tone {
    void apply(RgbImage image, double value);
  }

  @Immutable
  @FunctionalInterface
  private interface Geometry {
    Warp of(RgbImage image, double value);
  }

  private static Effect tone(Tone tone) {
    return (image, value, filling, random) -> {
      tone.apply(image, value);
      return image;
    };
  }

  private static Effect warp(Geometry geometry) {
    return (image, value, filling, random) ->
        geometry.of(image, value).apply(image, filling.sampling(random), filling.colour());
  }

  private static Argument none() {
    return (magnitude, severity, random) -> 0;
  }

  /** Up to a limit, either way. */
  private static Argument signed(double limit) {
    return (magnitude, severity, random) -> signed(magnitude / 10 * limit, random);
  }

  private static Argument enhancement() {
    return (magnitude, severity, random) ->
        severity == Severity.INCREASING
            ? Math.max(0.1, 1 + signed(magnitude / 10 * 0.9, random))
            : magnitude / 10 * 1.8 + 0.1;
  }

  private static double signed(double value, RandomStream random) {
    return random.nextDouble() > 0.5 ? -value : value;
  }
}
