package io.robusttrain.app;

import io.robusttrain.base.Figures;
import io.robusttrain.evaluate.EvaluationListener;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Progress of an evaluation: one line that is redrawn on a terminal, else lines for logs. */
final class EvalProgress implements EvaluationListener {
  private static final double LOG_SECONDS = 10;

  private enum Mode {
    TERMINAL,
    LOG
  }

  private final PrintStream out;
  private final Mode mode;
  private double lastSeconds;
  private int lastStage = -1;
  private int drawn;

  private EvalProgress(PrintStream out, Mode mode) {
    this.out = out;
    this.mode = mode;
  }

  // The build is pinned to Java 17, where a missing terminal still gives null.
  @SuppressWarnings("SystemConsoleNull")
  static EvalProgress automatic(PrintStream out) {
    return new EvalProgress(out, System.console() == null ? Mode.LOG : Mode.TERMINAL);
  }

  @Override
  public void progress(Stage stage) {
    if (mode == Mode.TERMINAL) {
      draw(text(stage) + eta(stage));
      return;
    }
    if (stage.number() != lastStage) {
      lastStage = stage.number();
      lastSeconds = 0;
    }
    if (stage.seconds() - lastSeconds >= LOG_SECONDS) {
      lastSeconds = stage.seconds();
      out.println(text(stage) + eta(stage));
    }
  }

  @Override
  public void finished(Stage stage) {
    String resumed =
        stage.resumedImages() == 0
            ? ""
            : ", %d images were there already".formatted(stage.resumedImages());
    clear();
    out.println(text(stage) + ", " + clock(stage.seconds()) + resumed);
  }

  @Override
  public void warning(String text) {
    clear();
    out.println("warning: " + text);
  }

  private void draw(String line) {
    clear();
    out.print(line);
    out.flush();
    drawn = line.length();
  }

  private void clear() {
    if (drawn > 0) {
      out.print("\r" + " ".repeat(drawn) + "\r");
      drawn = 0;
    }
  }

  private static String text(Stage stage) {
    String survivors = stage.number() == 0 ? "" : ", %d stand".formatted(stage.standing());
    return String.format(
        Locale.ROOT,
        "stage %d/%d %s: %d/%d blocks, %d/%d images%s, %.2f images/s",
        stage.number() + 1,
        stage.stages(),
        stage.name(),
        stage.blocksDone(),
        stage.blocks(),
        stage.imagesDone(),
        stage.images(),
        survivors,
        stage.imagesPerSecond());
  }

  private static String eta(Stage stage) {
    double left = stage.secondsLeft();
    return ", ETA " + (Double.isNaN(left) ? "-" : clock(left));
  }

  private static String clock(double seconds) {
    return Figures.clock(Duration.ofSeconds(Math.round(seconds)));
  }
}
