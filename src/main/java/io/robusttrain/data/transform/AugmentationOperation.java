package io.robusttrain.data.transform;

import io.robusttrain.data.RgbImage;

/**
 * timm's operations for RandAugment. Each turns a magnitude of 0 to 10 into its argument, and
 * applies it with Pillow's arithmetic.
 */
enum AugmentationOperation {
  /** Each channel stretched to 0 to 255. */
  AUTO_CONTRAST {
    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      ToneCurves.autoContrast(image);
      return image;
    }
  },
  /** Even histogram of each channel. */
  EQUALIZE {
    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      ToneCurves.equalize(image);
      return image;
    }
  },
  /** The negative. */
  INVERT {
    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      ToneCurves.invert(image);
      return image;
    }
  },
  /** Turned by up to 30 degrees. */
  ROTATE {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return signed(magnitude / 10 * 30, random);
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      Warp warp = Warp.rotate(argument, image.width(), image.height());
      return warp.apply(image, filling.sampling(random), filling.colour());
    }
  },
  /** Bits kept: 0 to 4, growing with the magnitude, or (increasing) 4 to 0. */
  POSTERIZE {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      int bits = (int) (magnitude / 10 * 4);
      return severity == Severity.INCREASING ? 4 - bits : bits;
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      // Beyond magnitude 10 timm asks for fewer than 0 bits, which leaves black as well.
      ToneCurves.posterize(image, Math.max(0, Math.min(8, (int) argument)));
      return image;
    }
  },
  /** Values inverted from a threshold on: 0 to 256, or (increasing) 256 to 0. */
  SOLARIZE {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      int threshold = Math.min(256, (int) (magnitude / 10 * 256));
      return severity == Severity.INCREASING ? 256 - threshold : threshold;
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      ToneCurves.solarize(image, (int) argument);
      return image;
    }
  },
  /** Up to 110 added to values below 128. */
  SOLARIZE_ADD {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return Math.min(128, (int) (magnitude / 10 * 110));
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      ToneCurves.solarizeAdd(image, (int) argument);
      return image;
    }
  },
  /** Saturation. */
  COLOR {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return enhancement(magnitude, severity, random);
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      ColorOps.SATURATION.apply(image, argument);
      return image;
    }
  },
  /** Contrast. */
  CONTRAST {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return enhancement(magnitude, severity, random);
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      ColorOps.CONTRAST.apply(image, argument);
      return image;
    }
  },
  /** Brightness. */
  BRIGHTNESS {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return enhancement(magnitude, severity, random);
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      ColorOps.BRIGHTNESS.apply(image, argument);
      return image;
    }
  },
  /** Sharpness. */
  SHARPNESS {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return enhancement(magnitude, severity, random);
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      Sharpness.apply(image, argument);
      return image;
    }
  },
  /** Columns of a row moved by up to 0.3 of its number. */
  SHEAR_X {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return signed(magnitude / 10 * 0.3, random);
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      return Warp.shearX(argument).apply(image, filling.sampling(random), filling.colour());
    }
  },
  /** Rows of a column moved by up to 0.3 of its number. */
  SHEAR_Y {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return signed(magnitude / 10 * 0.3, random);
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      return Warp.shearY(argument).apply(image, filling.sampling(random), filling.colour());
    }
  },
  /** Moved sideways by up to 0.45 of the width. */
  TRANSLATE_X_REL {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return signed(magnitude / 10 * 0.45, random);
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      Warp warp = Warp.translate(argument * image.width(), 0);
      return warp.apply(image, filling.sampling(random), filling.colour());
    }
  },
  /** Moved up or down by up to 0.45 of the height. */
  TRANSLATE_Y_REL {
    @Override
    double argument(double magnitude, Severity severity, SampleRandom random) {
      return signed(magnitude / 10 * 0.45, random);
    }

    @Override
    RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random) {
      Warp warp = Warp.translate(0, argument * image.height());
      return warp.apply(image, filling.sampling(random), filling.colour());
    }
  };

  /** Argument of a magnitude of 0 to 10; 0 where there is none. Draws signs only. */
  double argument(double magnitude, Severity severity, SampleRandom random) {
    return 0;
  }

  /** Applies the operation; the samples of {@code image} may be reused. */
  abstract RgbImage apply(RgbImage image, double argument, Filling filling, SampleRandom random);

  private static double enhancement(double magnitude, Severity severity, SampleRandom random) {
    return severity == Severity.INCREASING
        ? Math.max(0.1, 1 + signed(magnitude / 10 * 0.9, random))
        : magnitude / 10 * 1.8 + 0.1;
  }

  private static double signed(double value, SampleRandom random) {
    return random.nextDouble() > 0.5 ? -value : value;
  }
}
