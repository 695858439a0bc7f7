package io.robusttrain.config;

import com.typesafe.config.ConfigValueFactory;

/** The radius of a threat model as command lines and configurations write it. */
public final class Radius {
  private Radius() {}

  /**
   * A distance between pixels of [0,1]: {@code 4/255}, {@code 0.03}.
   *
   * @throws IllegalArgumentException if it is no number or outside [0,1]; for {@code 4} the message
   *     asks whether {@code 4/255} was meant
   */
  public static double linf(String text) {
    return parse(text, Parsers.pixels());
  }

  /**
   * A distance between images in L2 or L1, which grows with the image: {@code 0.5}, {@code 12}.
   *
   * @throws IllegalArgumentException if it is no number or below 0
   */
  public static double length(String text) {
    return parse(text, Parsers.real(0, Double.MAX_VALUE));
  }

  /** As it would be written: {@code 4/255} if that is the very same number, else a decimal. */
  public static String text(double radius) {
    return ConfigRenderer.pixels(radius);
  }

  private static double parse(String text, Parser<Double> parser) {
    try {
      return parser.parse(ConfigValueFactory.fromAnyRef(text.strip()));
    } catch (BadValueException wrong) {
      throw new IllegalArgumentException(wrong.getMessage(), wrong);
    }
  }
}
