package io.robusttrain.train;

import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.train.plan.EngineHint;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.resume.StartingPoint;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
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
  private final EngineHint hint;
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
    this.hint = EngineHint.of(plan, engine.topology().workers());
    this.steps =
        List.of(
            new Averages(engine, plan)::gather,
            // What follows takes long: whoever goes on from this checkpoint does it, if need be.
            checkpoints::saveFirst,
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
            && pause.completedSteps() < plan.endStep()
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
      hint.after(report).ifPresent(outputs::say);
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
    return due.isPresent() || endsEpoch(completed) || guards.probesAfter(step);
  }

  private boolean endsEpoch(long completed) {
    return plan.job().clock().isBetweenEpochs(completed) || completed == plan.totalSteps();
  }

  @Override
  public void onPause(long completedSteps) {
    if (wantsEnd()) {
      return;
    }
    boolean endsEpoch = endsEpoch(completedSteps);
    boolean leaving = stopping || (endsEpoch && !engine.departing().isEmpty());
    try {
      walk(Pause.after(plan, completedSteps, engine.weights(), due, leaving));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Does what an earlier process or engine has left to this one. */
  void pauseAt(StartingPoint from) throws IOException {
    walk(Pause.leftBy(plan, from));
  }

  /** Does all of it, and leaves out what follows once the run ends, goes back or has no time. */
  private void walk(Pause pause) throws IOException {
    try {
      for (PauseStep step : steps) {
        if (wantsEnd()) {
          return;
        }
        step.at(pause);
        if (pause.left()) {
          leave(pause);
          return;
        }
      }
    } catch (GuardException stopped) {
      checkpoints.discardAfter(pause, stopped);
      throw stopped;
    }
  }

  private void leave(Pause pause) throws IOException {
    checkpoints.saveLeft(pause);
    if (stopped().isEmpty()) {
      throw new EngineOutage(
          EngineOutage.Kind.DEPARTURE,
          "%s was told to end".formatted(String.join(", ", new TreeSet<>(engine.departing()))),
          null);
    }
  }
}
