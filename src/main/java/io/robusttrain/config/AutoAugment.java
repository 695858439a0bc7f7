package io.robusttrain.config;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Set;
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
    private static final Pattern PART = Pattern.compile("([a-z]+)(\\d.*)");
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
      Rand policy = new Rand(10, 2, 0.5, 0, 10, false);
      Set<String> seen = new HashSet<>();
      String[] parts = text.split("-", -1);
      for (int i = 1; i < parts.length; i++) {
        Matcher part = PART.matcher(parts[i]);
        if (!part.matches()) {
          throw unknown(text, parts[i]);
        }
        if (!seen.add(part.group(1))) {
          throw new BadValueException("%s says %s twice".formatted(text, part.group(1)));
        }
        policy = policy.with(text, parts[i], part.group(1), part.group(2));
      }
      if (policy.magnitude > policy.maximum) {
        throw new BadValueException(
            "%s: magnitude %d is above the limit of %d; raise it with mmax%d"
                .formatted(text, policy.magnitude, policy.maximum, policy.magnitude));
      }
      return policy;
    }

    private Rand with(String text, String part, String key, String value) throws BadValueException {
      return switch (key) {
        case "m" ->
            new Rand(
                whole(text, part, value, 0, 100),
                layers,
                probability,
                deviation,
                maximum,
                increasing);
        case "n" ->
            new Rand(
                magnitude,
                whole(text, part, value, 1, 16),
                probability,
                deviation,
                maximum,
                increasing);
        case "p" ->
            new Rand(magnitude, layers, real(text, part, value, 1), deviation, maximum, increasing);
        case "mstd" -> {
          double std = real(text, part, value, Double.MAX_VALUE);
          yield new Rand(
              magnitude,
              layers,
              probability,
              std > 100 ? Double.POSITIVE_INFINITY : std,
              maximum,
              increasing);
        }
        case "mmax" ->
            new Rand(
                magnitude,
                layers,
                probability,
                deviation,
                whole(text, part, value, 1, 100),
                increasing);
        case "inc" ->
            new Rand(
                magnitude,
                layers,
                probability,
                deviation,
                maximum,
                whole(text, part, value, 0, 1) == 1);
        default -> throw unknown(text, part);
      };
    }

    private static int whole(String text, String part, String value, int least, int most)
        throws BadValueException {
      if (!value.matches("\\d{1,4}")
          || Integer.parseInt(value) < least
          || Integer.parseInt(value) > most) {
        throw unknown(text, part);
      }
      return Integer.parseInt(value);
    }

    private static double real(String text, String part, String value, double most)
        throws BadValueException {
      if (!value.matches("\\d{1,9}(\\.\\d{1,9})?") || Double.parseDouble(value) > most) {
        throw unknown(text, part);
      }
      return Double.parseDouble(value);
    }

    private static BadValueException unknown(String text, String part) {
      return new BadValueException(
          "%s has the part '%s'; RandAugment takes %s".formatted(text, part, PARTS));
    }
  }

  /** Reads either. */
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
