package io.robusttrain.train.resume;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.config.read.Continuation;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import io.robusttrain.train.plan.HelperModel;
import io.robusttrain.train.plan.RunPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A run goes on from a checkpoint only as the run it was. */
final class SameRun {
  private static final String DATA = "data.path";
  private static final String NONE = "\"none\"";
  private static final String BY_NAME =
      "the checkpoint is of an earlier release and does not say what the file held, so only its name is compared";

  private SameRun() {}

  /**
   * Compares a plan with what a checkpoint was written with.
   *
   * @param former the plan of the stage whose step was the last one before the checkpoint
   * @param plan that of the last stage, of which the run's files tell
   * @throws ConfigException with every difference that would change the run
   * @throws CheckpointException if the steps of epochs differ although no key does that is not
   *     allowed to
   */
  static void require(RunPlan former, RunPlan plan, Checkpoint checkpoint) {
    TrainingState state = checkpoint.state();
    String name = checkpoint.path().toString();
    boolean sameData = is(fact(state, RunPlan.DATA_FACT), plan.dataFingerprint());
    Optional<String> helper = fact(state, RunPlan.HELPER_FACT);
    boolean sameHelper = plan.helperFingerprint().filter(now -> is(helper, now)).isPresent();
    List<Problem> problems = new ArrayList<>();
    for (Continuation.Change change : Continuation.refused(state.config(), plan.run())) {
      String key = change.key();
      if (!(sameData && isPlaceOfData(key)) && !(sameHelper && key.equals(HelperModel.KEY))) {
        problems.add(problem(change, name, helper));
      }
    }
    if (!sameData
        && fact(state, RunPlan.DATA_FACT).isPresent()
        && !Continuation.allows(plan.run(), DATA)
        && problems.stream().noneMatch(problem -> isPlaceOfData(problem.key()))) {
      problems.add(
          changedInPlace(
              DATA, plan.run().data().path() + " has other shards", name, "restore them"));
    }
    if (!sameHelper
        && helper.isPresent()
        && plan.helperFingerprint().isPresent()
        && !Continuation.allows(plan.run(), HelperModel.KEY)
        && problems.stream().noneMatch(problem -> problem.key().equals(HelperModel.KEY))) {
      problems.add(
          changedInPlace(
              HelperModel.KEY,
              plan.run().objective().helperCheckpoint().get() + " holds other weights",
              name,
              "bring the old file back"));
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    requireSameSteps(former, state, name);
  }

  private static Problem problem(
      Continuation.Change change, String checkpoint, Optional<String> helper) {
    Problem problem = change.problem(checkpoint);
    boolean byName =
        change.key().equals(HelperModel.KEY) && helper.isEmpty() && !change.before().equals(NONE);
    return byName ? Problem.of(problem.key(), problem.message() + "; " + BY_NAME) : problem;
  }

  private static Problem changedInPlace(String key, String what, String checkpoint, String remedy) {
    return Problem.of(
        key,
        "%s than when %s was written: %s, use another run id, or allow it with run.allow-changed=[%s]"
            .formatted(what, checkpoint, remedy, key));
  }

  /** What could not be compared as it should be, a line each. */
  static List<String> notes(RunPlan plan, Checkpoint checkpoint) {
    boolean byName =
        plan.helperFingerprint().isPresent()
            && fact(checkpoint.state(), RunPlan.HELPER_FACT).isEmpty()
            && !Continuation.allows(plan.run(), HelperModel.KEY);
    return byName ? List.of("%s: %s".formatted(HelperModel.KEY, BY_NAME)) : List.of();
  }

  private static Optional<String> fact(TrainingState state, String name) {
    return Optional.ofNullable(state.provenance().facts().get(name));
  }

  private static boolean is(Optional<String> before, String now) {
    return before.filter(now::equals).isPresent();
  }

  private static boolean isPlaceOfData(String key) {
    return key.equals(DATA) || key.equals("data.extra.path");
  }

  private static void requireSameSteps(RunPlan plan, TrainingState state, String name) {
    int ownSteps = plan.stepsPerEpoch();
    int steps = state.run().stepsPerEpoch().orElse(ownSteps);
    if (steps != ownSteps) {
      throw new CheckpointException(
          "%s was written with %d steps an epoch, this configuration has %d: an epoch in the middle cannot be divided anew; use another run id, with model.initial-checkpoint=%s"
              .formatted(name, steps, ownSteps, name));
    }
    requireSamePlace(plan, state, name);
    String ownOrder = plan.job().order().toString();
    String order = state.run().order().orElse(ownOrder);
    if (!order.equals(ownOrder)
        && !Continuation.allows(plan.run(), "data")
        && !Continuation.allows(plan.run(), "run.seed")) {
      throw new CheckpointException(
          "%s was written with another order of the images (%s; now %s): set data.shuffle, data.shuffle-window and data.cache-memory as they were, use another run id, or allow it with run.allow-changed=[data]"
              .formatted(name, order, ownOrder));
    }
  }

  /**
   * Epochs have their steps by stage, of the run before or of this one: where a checkpoint lies
   * must follow from both alike.
   */
  private static void requireSamePlace(RunPlan plan, TrainingState state, String name) {
    long inEpoch = state.step() - plan.job().clock().firstStep(state.epoch());
    long done = state.run().sums().steps() + state.run().progress().skippedInEpoch();
    boolean staged = plan.run().stages().isSet() || Continuation.hasStages(state.config());
    if (staged && inEpoch != done) {
      throw new CheckpointException(
          "%s was written after step %d, %d steps into epoch %d, which is elsewhere with these stages: give the stages before it the epochs and batches that they had, or use another run id, with model.initial-checkpoint=%s"
              .formatted(name, state.step(), done, state.epoch() + 1, name));
    }
  }
}
