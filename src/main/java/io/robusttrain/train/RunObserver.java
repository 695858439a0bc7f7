package io.robusttrain.train;

import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.checkpoint.Scores;
import io.robusttrain.checkpoint.WeightsKind;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.objective.EvaluationCounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FSError;

/**
 * The driver's work between steps, from one starting point on: guards, validation, the best model,
 * checkpoints.
 */
final class RunObserver implements StepObserver {
  private final RunPlan plan;
  private final TrainingEngine<ReplicaWorker> engine;
  private final RunFiles files;
  private final RunOutputs outputs;
  private final BestModel best;
  private final Guards guards;
  private final CheckpointWriter checkpoints;
  private final Validator validator;
  private final Averages averages;
  private final long firstStep;
  private int endedEpochs;
  private Optional<Occasion> due = Optional.empty();
  private boolean stopping;
  private Optional<StoppedException> stopped = Optional.empty();

  RunObserver(
      TrainingEngine<ReplicaWorker> engine,
      RunFiles files,
      RunOutputs outputs,
      BestModel best,
      Guards guards,
      CheckpointWriter checkpoints,
      StartingPoint from) {
    this.plan = files.plan();
    this.engine = engine;
    this.files = files;
    this.outputs = outputs;
    this.best = best;
    this.guards = guards;
    this.checkpoints = checkpoints;
    this.firstStep = from.firstStep();
    this.endedEpochs = from.endedEpochs();
    this.validator = new Validator(engine, plan.validation());
    this.averages = new Averages(engine, plan);
  }

  /** With what the run ended because it was asked to, if it was. */
  Optional<StoppedException> stopped() {
    return stopped;
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
    return guards.goesBack() || stopped.isPresent();
  }

  @Override
  public boolean pausesAfter(long step) {
    due = checkpoints.dueAfter(step + 1);
    stopping = checkpoints.stopRequested();
    return due.isPresent() || endsEpoch(step + 1) || guards.probesAfter(step);
  }

  /** Whether an epoch ends with so many steps; the run's end ends it too. */
  private boolean endsEpoch(long completedSteps) {
    return completedSteps % plan.stepsPerEpoch() == 0 || completedSteps == plan.totalSteps();
  }

  @Override
  public void onPause(long completedSteps) {
    if (guards.goesBack()) {
      return;
    }
    try {
      pause(completedSteps, engine.weights());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Does what the run that was asked to end has left to the next. */
  void pauseAt(StartingPoint from) throws IOException {
    due = Optional.empty();
    pause(from.firstStep(), from.weights());
  }

  private void pause(long completedSteps, float[] weights) throws IOException {
    boolean guarded = due.equals(Optional.of(Occasion.STEPS));
    if (stopping && (endsEpoch(completedSteps) || !guarded)) {
      // At once, for there may be little time: an epoch that this step ends is ended by the run
      // that goes on.
      save(completedSteps, weights, Occasion.STOP);
      return;
    }
    long step = completedSteps - 1;
    if (guards.probesAfter(step) || (guarded && guards.probesBeforeCheckpoint(step))) {
      guards.probe(weights, step);
    }
    if (guards.goesBack()) {
      return;
    }
    if (endsEpoch(completedSteps)) {
      endEpoch(completedSteps, weights);
    } else if (due.isPresent()) {
      save(completedSteps, weights, due.get());
    }
  }

  private void save(long completedSteps, float[] raw, Occasion occasion) throws IOException {
    Snapshot snapshot =
        new Snapshot(completedSteps, endedEpochs, averages.beside(raw), Map.of(), outputs.sums());
    Optional<String> name = checkpoints.write(snapshot, occasion, guards, best);
    if (stopping) {
      stopped = name.map(found -> new StoppedException(found, completedSteps));
    }
  }

  private void endEpoch(long completedSteps, float[] raw) throws IOException {
    int epoch = plan.job().clock().epoch(completedSteps - 1);
    boolean whole = completedSteps % plan.stepsPerEpoch() == 0;
    boolean last = completedSteps == plan.totalSteps();
    boolean validated = last || (epoch + 1) % plan.config().validation().every() == 0;
    Optional<Occasion> occasion = occasionOfEnd(epoch, completedSteps);
    Map<WeightsKind, float[]> weights =
        validated || occasion.isPresent() ? averages.beside(raw) : Map.of();
    Map<WeightsKind, EvaluationCounts> counts = new EnumMap<>(WeightsKind.class);
    Map<WeightsKind, Scores> scores = new EnumMap<>(WeightsKind.class);
    if (validated) {
      for (WeightsKind kind : weights.keySet()) {
        counts.put(kind, validator.validate(weights.get(kind)));
        outputs.badValidation(completedSteps - 1, validator.bad(), validator.samples());
        scores.put(kind, files.scores(epoch, kind, counts.get(kind)));
        offer(scores.get(kind), weights.get(kind), completedSteps);
      }
    }
    EpochSums sums = whole ? EpochSums.NONE : outputs.sums();
    endedEpochs = whole ? epoch + 1 : endedEpochs;
    outputs.epoch(epoch, completedSteps, counts);
    if (validated) {
      guards.validated(completedSteps - 1, counts.get(WeightsKind.RAW));
    }
    if (occasion.isPresent()) {
      Snapshot snapshot = new Snapshot(completedSteps, endedEpochs, weights, scores, sums);
      checkpoints.write(snapshot, occasion.get(), guards, best);
    }
  }

  private Optional<Occasion> occasionOfEnd(int epoch, long completedSteps) {
    if (completedSteps % plan.stepsPerEpoch() != 0) {
      // The run may have been asked to end at its last step: then there is a checkpoint of it.
      return completedSteps == firstStep ? Optional.empty() : Optional.of(Occasion.END);
    }
    boolean saved =
        completedSteps == plan.totalSteps()
            || (epoch + 1) % plan.config().checkpoint().every() == 0;
    return saved ? Optional.of(Occasion.EPOCH) : due;
  }

  private void offer(Scores scores, float[] weights, long completedSteps) throws IOException {
    try {
      best.offer(
          scores,
          files.card(Optional.of(scores)),
          ModelTensors.of(plan.architecture(), weights, completedSteps));
    } catch (IOException | FSError failed) {
      throw new IOException(
          "the best model cannot be written (%s): make room or make it writable, and submit the run id again to go on from its newest checkpoint"
              .formatted(failed.getMessage()),
          failed);
    }
  }
}
