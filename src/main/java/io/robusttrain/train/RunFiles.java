package io.robusttrain.train;

import io.robusttrain.checkpoint.ModelCard;
import io.robusttrain.checkpoint.Provenance;
import io.robusttrain.checkpoint.Scores;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.WeightsKind;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.objective.EvaluationCounts;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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
   * @param facts what the driver must know to go on
   */
  TrainingState state(
      int endedEpochs, long completedSteps, Optional<Scores> scores, Map<String, String> facts) {
    Map<String, String> world = new TreeMap<>(facts);
    world.putAll(SameRun.facts(plan));
    world.put("workers", Integer.toString(topology.workers()));
    world.put("replicas", Integer.toString(topology.replicas()));
    return TrainingState.of(
        endedEpochs,
        completedSteps,
        plan.config().run().seed(),
        card(scores).architecture(),
        world,
        scores,
        configText,
        Provenance.of(provenance));
  }
}
