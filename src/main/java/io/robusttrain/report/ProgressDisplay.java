package io.robusttrain.report;

import java.io.Closeable;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * Shows a person how work goes: on a terminal one line with a bar that is drawn anew, else lines
 * for a log. Other lines go through here, too, as the bar must make way for them. Thread-safe.
 */
public final class ProgressDisplay implements Closeable {
  /** Says that what this JVM prints ends on a terminal, though the JVM has none. */
  private static final String TERMINAL = "robusttrain.terminal";

  private static final Duration REDRAW = Duration.ofMillis(500);
  private static final int WIDTH = 120;

  private final PrintStream out;
  private final Clock clock;
  private final Duration interval;
  private final Mode mode;
  private Instant next = Instant.MIN;
  private int drawn;

  private enum Mode {
    TERMINAL,
    LOG
  }

  private ProgressDisplay(PrintStream out, Clock clock, Duration interval, Mode mode) {
    this.out = out;
    this.clock = clock;
    this.interval = interval;
    this.mode = mode;
  }

  /** Draws a bar on a terminal, else prints {@link #lines}. */
  // The build is pinned to Java 17, where a missing terminal still gives null.
  @SuppressWarnings("SystemConsoleNull")
  public static ProgressDisplay automatic(PrintStream out, Clock clock, Duration interval) {
    boolean terminal = System.console() != null || Boolean.getBoolean(TERMINAL);
    return terminal ? bar(out, clock) : lines(out, clock, interval);
  }

  /** Prints a line for a log, at most one every {@code interval}. */
  public static ProgressDisplay lines(PrintStream out, Clock clock, Duration interval) {
    return new ProgressDisplay(out, clock, interval, Mode.LOG);
  }

  /** Draws a bar in one line of the terminal, at most twice a second. */
  static ProgressDisplay bar(PrintStream out, Clock clock) {
    return new ProgressDisplay(out, clock, REDRAW, Mode.TERMINAL);
  }

  /** Shows where the work stands, unless it was shown a moment ago. */
  public synchronized void show(Progress now) {
    Instant time = clock.instant();
    boolean end = mode == Mode.TERMINAL && now.done() == now.total();
    if (time.isBefore(next) && !end) {
      return;
    }
    next = time.plus(interval);
    if (mode == Mode.LOG) {
      out.println(now.text());
      return;
    }
    clear();
    String line = now.bar();
    out.print(line.substring(0, Math.min(WIDTH, line.length())));
    out.flush();
    drawn = Math.min(WIDTH, line.length());
  }

  /** Prints a line that stays. */
  public synchronized void println(String line) {
    clear();
    out.println(line);
  }

  /** Removes the bar from the terminal; closes nothing. */
  @Override
  public synchronized void close() {
    clear();
    out.flush();
  }

  private void clear() {
    if (drawn > 0) {
      out.print("\r" + " ".repeat(drawn) + "\r");
      drawn = 0;
    }
  }
}
