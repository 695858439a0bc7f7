package io.robusttrain.config.value;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Key {@code augment.aa}: a policy of random operations, written as timm writes it. */
public sealed interface AutoAugment extends Serializable {

  /** The policy with every part, as it would be written. */
  String text();

  /** {@code 3a}: 3-Augment of DeiT III. */
  record ThreeAugment() implements AutoAugment {
    static final String WORD = "3a";

    @Override
    public String text() {
      return WORD;
    }
  }

  /**
   * {@code rand-m9-mstd0.5-inc1}: RandAugment. Parts may come in any order.
   *
   * @param magnitude m, 0 to 10 unless {@code maximum} allows more
   * @param layers n, operations drawn for an image
   * @param probability p, that a drawn operation is applied
   * @param deviation mstd, standard deviation of the magnitude; infinite (above 100): uniform on 0
   *     to m
   * @param maximum mmax, limit of magnitudes
   * @param increasing inc, operations that all grow with the magnitude
   */
  record Rand(
      int magnitude,
      int layers,
      double probability,
      double deviation,
      int maximum,
      boolean increasing)
      implements AutoAugment {
    private static final Pattern PART = Pattern.compile("(m|n|p|mstd|mmax|inc)(\\d.*)");
    private static final String PARTS =
        "m<0..100>, n<1..16>, p<0..1>, mstd<0...>, mmax<1..100> and inc<0|1>";

    @Override
    public String text() {
      return "rand-m%d-n%d-p%s-mstd%s-mmax%d-inc%d"
          .formatted(
              magnitude,
              layers,
              plain(probability),
              Double.isInfinite(deviation) ? "101" : plain(deviation),
              maximum,
              increasing ? 1 : 0);
    }

    /** Without an exponent, whose minus would begin another part. */
    private static String plain(double value) {
      return BigDecimal.valueOf(value).toPlainString();
    }

    private static Rand parse(String text) throws BadValueException {
      Map<String, String> parts = new HashMap<>();
      String[] written = text.split("-", -1);
      for (int i = 1; i < written.length; i++) {
        Matcher matcher = PART.matcher(written[i]);
        if (!matcher.matches()) {
          throw unknown(text, written[i]);
        }
        if (parts.put(matcher.group(1), matcher.group(2)) != null) {
          throw new BadValueException("%s says %s twice".formatted(text, matcher.group(1)));
        }
      }
      double deviation = real(text, "mstd", parts.getOrDefault("mstd", "0"), Double.MAX_VALUE);
      Rand policy =
          new Rand(
              whole(text, "m", parts.getOrDefault("m", "10"), 0, 100),
              whole(text, "n", parts.getOrDefault("n", "2"), 1, 16),
              real(text, "p", parts.getOrDefault("p", "0.5"), 1),
              deviation > 100 ? Double.POSITIVE_INFINITY : deviation,
              whole(text, "mmax", parts.getOrDefault("mmax", "10"), 1, 100),
              whole(text, "inc", parts.getOrDefault("inc", "0"), 0, 1) == 1);
      if (policy.magnitude > policy.maximum) {
        throw new BadValueException(
            "%s: magnitude %d is above the limit of %d; raise it with mmax%d"
                .formatted(text, policy.magnitude, policy.maximum, policy.magnitude));
      }
      return policy;
    }

    private static int whole(String text, String key, String value, int least, int most)
        throws BadValueException {
      if (!value.matches("\\d{1,4}")
          || Integer.parseInt(value) < least
          || Integer.parseInt(value) > most) {
        throw unknown(text, key + value);
      }
      return Integer.parseInt(value);
    }

    private static double real(String text, String key, String value, double most)
        throws BadValueException {
      if (!value.matches("\\d{1,9}(\\.\\d{1,9})?") || Double.parseDouble(value) > most) {
        throw unknown(text, key + value);
      }
      return Double.parseDouble(value);
    }

    private static BadValueException unknown(String text, String part) {
      return new BadValueException(
          "%s has the part '%s'; RandAugment takes %s".formatted(text, part, PARTS));
    }
  }

  static Parser<AutoAugment> parser() {
    return value -> {
      String text = Parsers.scalar(value, "rand-m9-mstd0.5-inc1 or 3a").strip();
      if (text.equals(ThreeAugment.WORD)) {
        return new ThreeAugment();
      }
      if (text.equals("rand") || text.startsWith("rand-")) {
        return Rand.parse(text);
      }
      throw new BadValueException(
          "expected RandAugment such as rand-m9-mstd0.5-inc1, or 3a, found " + Parsers.show(value));
    };
  }
}
