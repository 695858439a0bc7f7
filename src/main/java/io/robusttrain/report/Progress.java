package io.robusttrain.report;

import io.robusttrain.base.Figures;
import java.time.Duration;
import java.util.Locale;

/**
 * Where work stands that can be counted.
 *
 * @param title what is done, such as {@code epoch 3/20}
 * @param unit what is counted
 * @param before how many of these were done before this process began
 * @param done how many are done, those before included
 * @param total how many there are
 * @param seconds that this process has worked on them
 * @param extra further words; may be empty
 * @param left how many times the work of this process is left
 */
public record Progress(
    String title,
    String unit,
    long before,
    long done,
    long total,
    double seconds,
    String extra,
    double left) {
  private static final int BAR = 10;

  /** Work whose parts that are counted all take about as long. */
  public Progress(
      String title, String unit, long before, long done, long total, double seconds, String extra) {
    this(
        title,
        unit,
        before,
        done,
        total,
        seconds,
        extra,
        (double) Math.max(0, total - done) / (done - before));
  }

  /** This progress with other further words. */
  public Progress with(String words) {
    return new Progress(title, unit, before, done, total, seconds, words, left);
  }

  /** How many this process does in a second; 0 before the first. */
  public double perSecond() {
    return seconds > 0 ? (done - before) / seconds : 0;
  }

  /** The title and the count, without the time that is left. */
  public String words() {
    return title + "  " + count();
  }

  String text() {
    return words() + "  ETA " + eta();
  }

  String bar() {
    double share = total == 0 ? 1 : (double) done / total;
    int full = (int) Math.min(BAR, share * BAR);
    return String.format(
        Locale.ROOT,
        "%s %3.0f%% [%s%s] %s  ETA %s",
        title,
        Math.floor(share * 100),
        "=".repeat(full),
        " ".repeat(BAR - full),
        count(),
        eta());
  }

  private String count() {
    return "%s %d/%d%s".formatted(unit, done, total, extra.isEmpty() ? "" : "  " + extra);
  }

  /** At the rate of this process. */
  private String eta() {
    return perSecond() > 0 ? clock(left * seconds) : "-";
  }

  /** A duration as hours, minutes and seconds. */
  public static String clock(double seconds) {
    return Figures.clock(Duration.ofMillis(Math.round(seconds * 1000)));
  }
}
