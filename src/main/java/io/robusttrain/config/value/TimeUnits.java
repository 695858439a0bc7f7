package io.robusttrain.config.value;

import io.robusttrain.base.Figures;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as they are written: a number and a unit, such as {@code 10 minutes}. */
public enum TimeUnits {
  DAYS(Duration.ofDays(1), "day", List.of("d", "days")),
  HOURS(Duration.ofHours(1), "hour", List.of("h", "hours")),
  MINUTES(Duration.ofMinutes(1), "minute", List.of("min", "minutes")),
  SECONDS(Duration.ofSeconds(1), "second", List.of("s", "sec", "seconds")),
  MILLISECONDS(Duration.ofMillis(1), "millisecond", List.of("ms", "milliseconds"));

  private static final Pattern FORM = Pattern.compile("([0-9.]+)\\s*([A-Za-z]+)");

  private final Duration one;
  private final String singular;

  @SuppressWarnings("ImmutableEnumChecker") // copied
  private final List<String> others;

  TimeUnits(Duration one, String singular, List<String> others) {
    this.one = one;
    this.singular = singular;
    this.others = List.copyOf(others);
  }

  /**
   * Reads a duration.
   *
   * @param text as written
   * @param shown the value in messages
   */
  static Duration parse(String text, String shown) throws BadValueException {
    Matcher matcher = FORM.matcher(text.strip());
    if (matcher.matches()) {
      String word = matcher.group(2).toLowerCase(Locale.ROOT);
      for (TimeUnits unit : values()) {
        if (unit.singular.equals(word) || unit.others.contains(word)) {
          return unit.times(matcher.group(1), shown);
        }
      }
    }
    throw unreadable(shown);
  }

  private Duration times(String number, String shown) throws BadValueException {
    try {
      return Duration.ofMillis(
          new BigDecimal(number).multiply(BigDecimal.valueOf(one.toMillis())).longValueExact());
    } catch (ArithmeticException | NumberFormatException e) {
      throw unreadable(shown);
    }
  }

  private static BadValueException unreadable(String shown) {
    return new BadValueException(
        "expected a time in milliseconds, seconds, minutes, hours or days such as 10 minutes, found "
            + shown);
  }

  /** Writes a duration in the largest unit of which it is a multiple. */
  public static String write(Duration duration) {
    if (duration.isZero()) {
      return "0 seconds";
    }
    for (TimeUnits unit : values()) {
      long count = duration.toMillis() / unit.one.toMillis();
      if (unit.one.multipliedBy(count).equals(duration)) {
        return Figures.counted(count, unit.singular);
      }
    }
    throw new IllegalArgumentException(duration + " is no whole number of milliseconds");
  }
}
