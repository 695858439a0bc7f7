package io.robusttrain.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.robusttrain.app.launch.TrainLauncher;
import io.robusttrain.data.prep.PrepProgress;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.train.plan.RunPlan;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Tells listeners of this package what those below hear. The first failure of a listener is kept
 * for {@link #throwFailure()}, nobody is told anything after it, and the work is asked to end.
 * Thread-safe.
 */
final class Hearing implements TrainLauncher.Listener, EvaluationListener {
  private final List<RunListener> listeners;
  private final Runnable end;

  @GuardedBy("this")
  private Optional<RuntimeException> failure = Optional.empty();

  private int epochs;
  private long steps;

  /**
   * Tells some listeners.
   *
   * @param end asks the work to end
   */
  Hearing(List<RunListener> listeners, Runnable end) {
    this.listeners = listeners;
    this.end = end;
  }

  @Override
  public void begins(RunPlan plan) {
    epochs = plan.begunEpochs();
    steps = plan.totalSteps();
  }

  @Override
  public void step(StepMetrics step) {
    tell(
        listener ->
            listener.step(
                new RunListener.Step(
                    step.epoch() + 1,
                    epochs,
                    step.step() + 1,
                    steps,
                    step.loss(),
                    step.eps(),
                    step.lr(),
                    step.imagesPerSecond())));
  }

  @Override
  public void epoch(EpochMetrics epoch) {
    tell(
        listener ->
            listener.epoch(
                new RunListener.Epoch(
                    epoch.epoch() + 1,
                    epochs,
                    epoch.trainLoss(),
                    epoch.cleanTop1(),
                    epoch.fgsmTop1(),
                    epoch.seconds())));
  }

  @Override
  public void alarm(Alarm alarm) {
    warning("%s: %s".formatted(alarm.title(), alarm.message()));
  }

  @Override
  public void stopped(String id, String where) {
    String again = "run it again with set(\"run.id\", \"%s\")".formatted(id);
    tell(listener -> listener.stopped(where.replace("submit the run id again", again)));
  }

  @Override
  public void progress(Stage stage) {
    tell(stage, false);
  }

  @Override
  public void finished(Stage stage) {
    tell(stage, true);
  }

  @Override
  public void warning(String text) {
    tell(listener -> listener.warning(text));
  }

  /** Where a data set stands, told by a thread of Spark. */
  void prepared(PrepProgress now, boolean finished) {
    tell(
        listener ->
            listener.shards(
                new RunListener.Shards(now.images(), now.total(), now.seconds(), finished)));
  }

  private void tell(Stage stage, boolean finished) {
    tell(
        listener ->
            listener.stage(
                new RunListener.Stage(
                    stage.name(),
                    stage.number() + 1,
                    stage.stages(),
                    stage.imagesDone(),
                    stage.images(),
                    stage.standing(),
                    stage.seconds(),
                    finished)));
  }

  private synchronized void tell(Consumer<RunListener> news) {
    if (failure.isPresent()) {
      return;
    }
    try {
      listeners.forEach(news);
    } catch (RuntimeException thrown) {
      failure = Optional.of(thrown);
      end.run();
    }
  }

  /** Throws what a listener threw, if one did. */
  synchronized void throwFailure() {
    if (failure.isPresent()) {
      throw new RobustTrainException(
          "a listener threw %s: correct it and run the same id again, which goes on from its newest checkpoint"
              .formatted(failure.get()),
          1,
          failure.get());
    }
  }
}
