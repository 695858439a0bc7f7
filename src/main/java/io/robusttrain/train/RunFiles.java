package io.robusttrain.train;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.checkpoint.RunProgress;
import io.robusttrain.checkpoint.RunState;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.model.Architecture;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.pretrained.FlatWeights;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.pretrained.WeightsLocation;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.resume.ModelTensors;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;

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
  /** The card that is written beside trained weights with these scores. */
  ModelCard card(Optional<Scores> scores) {
    return plan.card(scores, provenance);
  }

  /** The card that is written beside weights as they are validated, with these scores. */
  ModelCard validatedCard(Optional<Scores> scores) {
    return plan.validatedCard(scores, provenance);
  }

  /**
   * Trained weights as they are validated, selected and kept: those of the network at the
   * resolution of the last stage.
   *
   * @param weights a flat vector of the stage (P)
   * @return the same array where no tensor has another shape there
   */
  float[] validated(float[] weights) throws IOException {
    Architecture validated = plan.job().validated();
    if (plan.architecture().layout().isSameAs(validated.layout())) {
      return weights;
    }
    return fitted(new FlatWeights(plan.architecture(), weights, card(Optional.empty())));
  }

  /** The tensors of weights as they are validated. */
  List<NamedTensor> validatedTensors(float[] weights, long completedSteps) {
    return ModelTensors.of(plan.job().validated(), weights, completedSteps);
  }

  /** Makes weights of a checkpoint, of whatever stage, the best ones of a run again. */
  void bringBack(Checkpoint checkpoint, Scores scores, RunDirectory directory) throws IOException {
    Path file = new Path(checkpoint.path(), scores.weights().fileName());
    ModelCard wanted = validatedCard(Optional.of(scores));
    try (WeightsFile stored =
        WeightsLocation.open(file.toString(), directory.fileSystem().getConf(), Optional.empty())) {
      ModelCard found = stored.card().orElseThrow();
      if (!found.architecture().equals(wanted.architecture())
          || !found.preprocessing().equals(wanted.preprocessing())) {
        ModelFile.write(
            directory.fileSystem(),
            directory.best(),
            directory.fence(),
            wanted,
            validatedTensors(fitted(stored), checkpoint.state().step()));
        return;
      }
    }
    BestModel.copy(checkpoint, scores, directory);
  }

  private float[] fitted(WeightsFile weights) throws IOException {
    return ModelTensors.resized(
            weights, plan.job().validated(), plan.validation().preprocessing(), plan.job().seed())
        .values();
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
