package io.robusttrain.base;

import com.google.errorprone.annotations.FormatMethod;
import java.time.Duration;
import java.util.Locale;

/** Formats figures for people; files hold the unformatted numbers. */
public final class Figures {
  private Figures() {}

  /** A fraction as a percentage with two decimals; a dash for NaN, which was not measured. */
  public static String percent(double fraction) {
    return Double.isNaN(fraction) ? "-" : String.format(Locale.ROOT, "%.2f %%", 100 * fraction);
  }

  /** A text with numbers that are written alike in every country. */
  @FormatMethod
  public static String format(String format, Object... figures) {
    return String.format(Locale.ROOT, format, figures);
  }

  /** A duration as hours, minutes and whole seconds: {@code 1:02:03}. */
  public static String clock(Duration duration) {
    return "%d:%02d:%02d"
        .formatted(duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart());
  }

  /** A duration in seconds, with a decimal unless they are whole: {@code 60 s}, {@code 2.5 s}. */
  public static String seconds(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + " s" : "%.1f s".formatted(millis / 1000.0);
  }

  /** A number and what it counts: {@code 1 step}, {@code 2 steps}. */
  public static String counted(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
