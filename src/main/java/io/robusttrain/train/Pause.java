package io.robusttrain.train;

import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.resume.StartingPoint;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * One rest of the engine between two steps: where the run stands, why it rests, and what was found
 * so far. Used by the driver's thread.
 */
final class Pause {
  private final RunPlan plan;
  private final long completedSteps;
  private final float[] raw;
  private final Optional<Occasion> due;
  private final boolean leaving;
  private final boolean resumed;
  private final Map<WeightsKind, EvaluationCounts> counts = new EnumMap<>(WeightsKind.class);
  private final Map<WeightsKind, Scores> scores = new EnumMap<>(WeightsKind.class);
  private Map<WeightsKind, float[]> weights = Map.of();
  private Optional<EpochSums> sums = Optional.empty();
  private Optional<String> saved = Optional.empty();
  private boolean left;

  private Pause(
      RunPlan plan,
      long completedSteps,
      float[] raw,
      Optional<Occasion> due,
      boolean leaving,
      boolean resumed) {
    this.plan = plan;
    this.completedSteps = completedSteps;
    this.raw = raw;
    this.due = due;
    this.leaving = leaving;
    this.resumed = resumed;
  }

  /**
   * A pause after a step.
   *
   * @param raw the trained flat vector (P)
   * @param due why a checkpoint is due, the end of an epoch aside
   * @param leaving whether there is little time, as when the run was asked to end
   */
  static Pause after(
      RunPlan plan, long completedSteps, float[] raw, Optional<Occasion> due, boolean leaving) {
    return new Pause(plan, completedSteps, raw, due, leaving, false);
  }

  /**
   * The pause that an earlier process or engine has left to this one. What is due by steps is due
   * still: guards go back to it in every run of the configuration. At other steps than an epoch's
   * last one it is written already.
   */
  static Pause leftBy(RunPlan plan, StartingPoint from) {
    long steps = from.firstStep();
    Optional<Occasion> due =
        plan.job().clock().isBetweenEpochs(steps)
            ? CheckpointCadence.bySteps(plan.config().checkpoint(), steps)
            : Optional.empty();
    Pause pause = new Pause(plan, steps, from.weights(), due, false, true);
    from.checkpoint().ifPresent(found -> pause.saved(found.name()));
    return pause;
  }

  /** Steps of the run that are done. */
  long completedSteps() {
    return completedSteps;
  }

  /** Index of the last step that is done. */
  long step() {
    return completedSteps - 1;
  }

  /** Index of the epoch that the last step belongs to. */
  int epoch() {
    return plan.job().clock().epoch(step());
  }

  /** The trained flat vector (P). */
  float[] raw() {
    return raw;
  }

  /** Whether there is little time: what can be done later is left to the run that goes on. */
  boolean leaving() {
    return leaving;
  }

  /** Leaves the rest of this pause to the run that goes on from its checkpoint. */
  void leave() {
    left = true;
  }

  /** Whether the rest of this pause is left. */
  boolean left() {
    return left;
  }

  /** Notes the name of the checkpoint from which the rest of this pause can be done. */
  void saved(String checkpoint) {
    saved = Optional.of(checkpoint);
  }

  /** The checkpoint from which the rest of this pause can be done, if there is one. */
  Optional<String> saved() {
    return saved;
  }

  /**
   * Whether the run is saved before the rest of this pause, which takes long. At a run's end inside
   * an epoch the checkpoint of the end has the name that this one would have.
   */
  boolean savesFirst() {
    return validates() && endsWholeEpoch() && !resumed;
  }

  /** Whether a checkpoint is due that guards may take the run back to, the epoch's end aside. */
  boolean guarded() {
    return due.equals(Optional.of(Occasion.STEPS));
  }

  /** Whether the epoch ends here; the run's end ends it too. */
  boolean endsEpoch() {
    return endsWholeEpoch() || endsRun();
  }

  /** Whether all steps of the epoch are done. */
  boolean endsWholeEpoch() {
    return plan.job().clock().isBetweenEpochs(completedSteps);
  }

  private boolean endsRun() {
    return completedSteps == plan.totalSteps();
  }

  /** Whether the stage ends here: the next one goes on from the checkpoint of this pause. */
  private boolean endsStage() {
    return completedSteps == plan.endStep();
  }

  /** Whether the weights are validated here. */
  boolean validates() {
    return endsEpoch() && (endsRun() || (epoch() + 1) % plan.config().validation().every() == 0);
  }

  /** Why a checkpoint is written when all else is done, if one is. */
  Optional<Occasion> occasion() {
    if (!endsEpoch()) {
      return due;
    }
    if (!endsWholeEpoch()) {
      // A run that was asked to end at its last step has written one of it already.
      return resumed ? Optional.empty() : Optional.of(Occasion.END);
    }
    boolean saved = endsStage() || (epoch() + 1) % plan.config().checkpoint().every() == 0;
    return saved ? Optional.of(Occasion.EPOCH) : due;
  }

  /** Keeps the trained weights and the averages beside them. */
  void gathered(Map<WeightsKind, float[]> all) {
    weights = all;
  }

  /** The trained weights first, then the averages; empty before they were gathered. */
  Map<WeightsKind, float[]> weights() {
    return weights;
  }

  /** Keeps what one validation counted, and the scores made of it. */
  void validated(WeightsKind kind, EvaluationCounts found, Scores score) {
    counts.put(kind, found);
    scores.put(kind, score);
  }

  /** The scores of the weights that were validated here. */
  Map<WeightsKind, Scores> scores() {
    return scores;
  }

  /** What each validation counted, by the weights that were validated. */
  Map<WeightsKind, EvaluationCounts> counts() {
    return counts;
  }

  /** Keeps the sums of the epoch that ends here, before the next one begins. */
  void ended(EpochSums all) {
    sums = Optional.of(endsWholeEpoch() ? EpochSums.NONE : all);
  }

  /** The sums that a checkpoint of this moment records; absent while the epoch is running. */
  Optional<EpochSums> sums() {
    return sums;
  }

  /** Epochs of the run that have ended by now. */
  int endedEpochs() {
    return sums.isPresent() && endsWholeEpoch() ? epoch() + 1 : epoch();
  }
}
