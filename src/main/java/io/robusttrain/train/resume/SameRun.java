package io.robusttrain.train.resume;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.config.read.Continuation;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import io.robusttrain.train.plan.RunPlan;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A run goes on from a checkpoint only as the run it was. */
final class SameRun {
  private static final String DATA = "data.path";
  private static final String DATA_HASH = "data_sha256";

  private SameRun() {}

  /**
   * Compares a plan with what a checkpoint was written with.
   *
   * @throws ConfigException with every difference that would change the run
   * @throws CheckpointException if the steps of an epoch differ although no key does
   */
  static void require(RunPlan plan, Checkpoint checkpoint) {
    TrainingState state = checkpoint.state();
    String name = checkpoint.path().toString();
    Map<String, String> facts = state.provenance().facts();
    boolean sameData = plan.dataFingerprint().equals(facts.get(DATA_HASH));
    List<Problem> problems =
        Continuation.refused(state.config(), plan.config()).stream()
            .filter(change -> !(sameData && isPlaceOfData(change.key())))
            .map(change -> change.problem(name))
            .collect(Collectors.toList());
    if (!sameData
        && facts.containsKey(DATA_HASH)
        && !Continuation.allows(plan.config(), DATA)
        && problems.stream().noneMatch(problem -> isPlaceOfData(problem.key()))) {
      problems.add(
          Problem.of(
              DATA,
              "%s has other shards than when %s was written: restore them, use another run id, or allow it with run.allow-changed=[%s]"
                  .formatted(plan.config().data().path(), name, DATA)));
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    requireSameSteps(plan, state, name);
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
    String ownOrder = plan.job().order().toString();
    String order = state.run().order().orElse(ownOrder);
    if (!order.equals(ownOrder)
        && !Continuation.allows(plan.config(), "data")
        && !Continuation.allows(plan.config(), "run.seed")) {
      throw new CheckpointException(
          "%s was written with another order of the images (%s; now %s): set data.shuffle, data.shuffle-window and data.cache-memory as they were, use another run id, or allow it with run.allow-changed=[data]"
              .formatted(name, order, ownOrder));
    }
  }
}
