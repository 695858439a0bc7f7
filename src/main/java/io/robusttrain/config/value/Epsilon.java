package io.robusttrain.config.value;

import com.typesafe.config.ConfigValueFactory;
import io.robusttrain.attack.ThreatModel.Norm;

/** Epsilon, the full radius of a threat model, as command lines and configurations write it. */
public final class Epsilon {
  private Epsilon() {}

  /**
   * A distance between images, pixels being in [0,1]: {@code 4/255} or {@code 0.03}; {@code 12} in
   * L2 and L1, where distances grow with the image.
   *
   * @throws IllegalArgumentException if it is no number, below 0, or in Linf above 1; for {@code 4}
   *     the message then asks whether {@code 4/255} was meant
   */
  public static double parse(Norm norm, String text) {
    try {
      return parser(norm).parse(ConfigValueFactory.fromAnyRef(text.strip()));
    } catch (BadValueException wrong) {
      throw new IllegalArgumentException(wrong.getMessage(), wrong);
    }
  }

  public static Parser<Double> parser(Norm norm) {
    return norm == Norm.LINF ? Parsers.pixels() : Parsers.real(0, Double.MAX_VALUE);
  }
}
