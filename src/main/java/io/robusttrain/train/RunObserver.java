package io.robusttrain.train;

import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.resume.StartingPoint;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The driver's work between steps, from one starting point on: it tells of every step, decides when
 * the engine rests, and then walks through the {@link PauseStep}s in their order.
 */
final class RunObserver implements StepObserver {
  private final RunPlan plan;
  private final TrainingEngine<ReplicaWorker> engine;
  private final RunOutputs outputs;
  private final Guards guards;
  private final CheckpointWriter checkpoints;
  private final List<PauseStep> steps;
  private final BooleanSupplier growth;
  private Optional<Occasion> due = Optional.empty();
  private boolean stopping;
  private boolean grows;

  /** One of the things that the driver does while the engine rests, if it is due at this pause. */
  @FunctionalInterface
  private interface PauseStep {
    void at(Pause pause) throws IOException;
  }

  /**
   * The work between the steps of a leg.
   *
   * @param growth asked behind each checkpoint whether the run goes on with more executors
   */
  RunObserver(
      RunPlan plan,
      TrainingEngine<ReplicaWorker> engine,
      RunOutputs outputs,
      Guards guards,
      EpochValidation validation,
      CheckpointWriter checkpoints,
      BooleanSupplier growth) {
    this.plan = plan;
    this.engine = engine;
    this.outputs = outputs;
    this.guards = guards;
    this.checkpoints = checkpoints;
    this.growth = growth;
    this.steps =
        List.of(
            new Averages(engine, plan)::gather,
            // There may be little time: the rest is left to the run that goes on from there.
            checkpoints::saveAtOnceIfStopping,
            // Guards may take the run back to the checkpoint of this pause: they look before.
            guards::probeIfDue,
            // The score that selects is the score of the weights that are saved.
            validation::scoreAndOffer,
            outputs::endEpoch,
            guards::judgeAccuracy,
            checkpoints::saveIfDue,
            // Last: another engine goes on behind this pause.
            this::growIfSaved);
  }

  /** With what the run ended because it was asked to, if it was. */
  Optional<StoppedException> stopped() {
    return checkpoints.stopped();
  }

  /** Whether the run ends here to go on with more executors; everything is in a checkpoint. */
  boolean grows() {
    return grows;
  }

  private void growIfSaved(Pause pause) {
    grows =
        checkpoints.saved(pause)
            && !checkpoints.stopRequested()
            && pause.completedSteps() < plan.totalSteps()
            && growth.getAsBoolean();
  }

  @Override
  public void onStep(StepReport report) {
    if (guards.goesBack()) {
      return;
    }
    try {
      outputs.step(report);
      guards.step(report);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public boolean wantsEnd() {
    return guards.goesBack() || stopped().isPresent() || grows;
  }

  @Override
  public boolean pausesAfter(long step) {
    long completed = step + 1;
    due = checkpoints.dueAfter(completed);
    stopping = checkpoints.stopRequested();
    boolean endsEpoch = completed % plan.stepsPerEpoch() == 0 || completed == plan.totalSteps();
    return due.isPresent() || endsEpoch || guards.probesAfter(step);
  }

  @Override
  public void onPause(long completedSteps) {
    if (wantsEnd()) {
      return;
    }
    try {
      walk(Pause.after(plan, completedSteps, engine.weights(), due, stopping));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Does what the run that was asked to end has left to the next. */
  void pauseAt(StartingPoint from) throws IOException {
    walk(Pause.leftBy(plan, from));
  }

  /** Does all of it, and leaves out what follows once the run ends or goes back. */
  private void walk(Pause pause) throws IOException {
    for (PauseStep step : steps) {
      if (wantsEnd()) {
        return;
      }
      step.at(pause);
    }
  }
}
