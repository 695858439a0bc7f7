package io.robusttrain.notebook;

import io.robusttrain.api.RunListener;
import io.robusttrain.notebook.Display.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The progress of a run, an evaluation or an analysis below the cell that waits for it: a line an
 * epoch or a stage that is done, and one that is updated in place. Thread-safe.
 */
final class Progress implements RunListener {
  private static final long EVERY_MILLIS = 250;
  private static final int BAR = 20;

  private final List<String> done = new ArrayList<>();
  private Optional<Shown> shown = Optional.empty();
  private String now = "";
  private long last;

  /** A cell begins: what comes next is shown below it. */
  synchronized void begin() {
    done.clear();
    shown = Optional.empty();
    now = "";
    last = 0;
  }

  @Override
  public synchronized void step(Step step) {
    now =
        "%s epoch %d of %d, step %d of %d: loss %s, %.0f images/s"
            .formatted(
                bar(step.step(), step.steps()),
                step.epoch(),
                step.epochs(),
                step.step(),
                step.steps(),
                String.format(Locale.ROOT, "%.3f", step.loss()),
                step.imagesPerSecond());
    show(step.step() == step.steps());
  }

  @Override
  public synchronized void epoch(Epoch epoch) {
    now = "";
    done.add(
        String.format(
            Locale.ROOT,
            "epoch %d of %d: loss %.3f, clean %s, FGSM %s, %.1f s",
            epoch.epoch(),
            epoch.epochs(),
            epoch.trainLoss(),
            percent(epoch.cleanAccuracy()),
            percent(epoch.fgsmAccuracy()),
            epoch.seconds()));
    show(true);
  }

  @Override
  public synchronized void stage(Stage stage) {
    String text =
        String.format(
            Locale.ROOT,
            "%s (%d of %d): %d of %d images, %d stand, %.1f s",
            stage.name(),
            stage.stage(),
            stage.stages(),
            stage.imagesDone(),
            stage.images(),
            stage.standing(),
            stage.seconds());
    images(text, stage.imagesDone(), stage.images(), stage.finished());
  }

  @Override
  public synchronized void shards(Shards shards) {
    String text =
        String.format(
            Locale.ROOT,
            "shards: %d of %d images, %.1f s",
            shards.imagesDone(),
            shards.images(),
            shards.seconds());
    images(text, shards.imagesDone(), shards.images(), shards.finished());
  }

  private void images(String text, long imagesDone, long images, boolean finished) {
    now = finished ? "" : bar(imagesDone, images) + " " + text;
    if (finished) {
      done.add(text);
    }
    show(finished);
  }

  @Override
  public synchronized void stopped(String text) {
    now = "";
    done.add(text);
    show(true);
  }

  @Override
  public synchronized void warning(String text) {
    done.add("warning: " + text);
    show(true);
  }

  private void show(boolean atOnce) {
    long time = System.nanoTime() / 1_000_000;
    if (!atOnce && time - last < EVERY_MILLIS) {
      return;
    }
    last = time;
    String text = String.join("\n", done) + (done.isEmpty() || now.isEmpty() ? "" : "\n") + now;
    shown.ifPresent(line -> line.update(text));
    if (shown.isEmpty()) {
      shown = Optional.of(Display.display(text));
    }
  }

  private static String bar(long count, long all) {
    int filled = all == 0 ? 0 : (int) (BAR * count / all);
    return "█".repeat(filled) + "░".repeat(BAR - filled);
  }

  private static String percent(double fraction) {
    return Double.isNaN(fraction) ? "-" : String.format(Locale.ROOT, "%.2f %%", 100 * fraction);
  }
}
