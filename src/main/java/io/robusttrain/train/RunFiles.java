package io.robusttrain.train;

import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.checkpoint.RunProgress;
import io.robusttrain.checkpoint.RunState;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.train.plan.RunPlan;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the files of a run say of it.
 *
 * @param plan the run
 * @param topology its workers
 * @param configText the effective configuration
 * @param provenance where it comes from
 */
record RunFiles(
    RunPlan plan, WorkerPlace topology, String configText, Map<String, String> provenance) {
  /** Beside weights. */
  ModelCard card(Optional<Scores> scores) {
    return plan.card(scores, provenance);
  }

  /** Of weights after an epoch. */
  Scores scores(int epoch, WeightsKind kind, EvaluationCounts counts) {
    return new Scores(
        epoch,
        counts.clean().samples(),
        plan.validation().evaluation().attack().threat().epsilon(),
        counts.clean().top1Accuracy(),
        counts.clean().top5Accuracy(),
        counts.adversarial().top1Accuracy(),
        counts.adversarial().top5Accuracy(),
        kind);
  }

  /**
   * Where the run stands.
   *
   * @param progress what guards have done
   */
  TrainingState state(Snapshot snapshot, Occasion occasion, RunProgress progress) {
    Optional<Scores> scores = Optional.ofNullable(snapshot.scores().get(WeightsKind.RAW));
    return new TrainingState(
        snapshot.endedEpochs(),
        snapshot.completedSteps(),
        plan.config().run().seed(),
        card(scores).architecture(),
        new RunState(
            occasion,
            snapshot.sums(),
            progress,
            OptionalInt.of(plan.stepsPerEpoch()),
            Optional.of(plan.job().order().toString()),
            topology.workers(),
            topology.replicas()),
        scores,
        configText,
        Provenance.of(provenance));
  }
}
