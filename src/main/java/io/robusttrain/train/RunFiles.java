package io.robusttrain.train;

import io.robusttrain.checkpoint.EpochSums;
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
  /** The card that is written beside weights with these scores. */
  ModelCard card(Optional<Scores> scores) {
    return plan.card(scores, provenance);
  }

  /** The scores that a validation of an epoch's weights comes to. */
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
   * What a checkpoint of a pause says of the run.
   *
   * @param sums of the running epoch
   * @param progress what guards have done
   */
  TrainingState state(Pause pause, Occasion occasion, EpochSums sums, RunProgress progress) {
    Optional<Scores> scores = Optional.ofNullable(pause.scores().get(WeightsKind.RAW));
    return new TrainingState(
        pause.endedEpochs(),
        pause.completedSteps(),
        plan.config().run().seed(),
        card(scores).architecture(),
        new RunState(
            occasion,
            sums,
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
