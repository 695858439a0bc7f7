package io.robusttrain.app.eval;

import io.robusttrain.base.Figures;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.report.Progress;
import io.robusttrain.report.ProgressDisplay;

/** Shows the stages of an evaluation. */
final class EvalProgress implements EvaluationListener {
  private final ProgressDisplay display;
  private final EvaluationListener listener;

  /**
   * Shows what it hears.
   *
   * @param listener hears of it, too
   */
  EvalProgress(ProgressDisplay display, EvaluationListener listener) {
    this.display = display;
    this.listener = listener;
  }

  @Override
  public void progress(Stage stage) {
    listener.progress(stage);
    if (stage.imagesDone() > stage.resumedImages()) {
      display.show(shown(stage));
    }
  }

  @Override
  public void finished(Stage stage) {
    listener.finished(stage);
    String resumed =
        stage.resumedImages() == 0
            ? ""
            : "  %d images were there already".formatted(stage.resumedImages());
    display.println(shown(stage).words() + "  " + Progress.clock(stage.seconds()) + resumed);
  }

  @Override
  public void warning(String text) {
    listener.warning(text);
    display.println("warning: " + text);
  }

  private static Progress shown(Stage stage) {
    Progress shown =
        new Progress(
            "stage %d/%d %s".formatted(stage.number() + 1, stage.stages(), stage.name()),
            "images",
            stage.resumedImages(),
            stage.imagesDone(),
            stage.images(),
            stage.seconds(),
            "");
    return shown.with(
        Figures.format(
            "%d/%d blocks%s  %.2f images/s",
            stage.blocksDone(),
            stage.blocks(),
            stage.breaks() ? "  %d stand".formatted(stage.standing()) : "",
            shown.perSecond()));
  }
}
