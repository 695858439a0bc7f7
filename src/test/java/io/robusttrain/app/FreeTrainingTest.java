package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.report.StepMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose objective has steps, or weights, of its own. */
@Tag("slow")
class FreeTrainingTest {
  private static final String[] FREE = {
    "objective.type=free", "objective.replays=3", "validation.every=2"
  };

  @TempDir private Path folder;

  @Test
  void eachBatchIsTrainedOnSeveralTimesAndTheRunGoesOnFromAnEpochsEnd() throws IOException {
    TinyTraining training = TinyTraining.withImages(folder);
    TinyTraining.Outcome whole = training.train("whole", FREE);
    assertThat(whole.code()).as(whole.err()).isZero();
    List<StepMetrics> steps = training.metrics("whole").steps();
    int perEpoch = 3 * TinyTraining.STEPS_PER_EPOCH;
    assertThat(steps).hasSize(2 * perEpoch);
    assertThat(steps.get(perEpoch - 1).epoch()).isZero();
    assertThat(steps.get(perEpoch).epoch()).isEqualTo(1);

    String[] stopped = {FREE[0], FREE[1], FREE[2], "train.max-steps=" + (perEpoch + 4)};
    assertThat(training.train("stopped", stopped).code()).isZero();
    TinyTraining.Outcome rest = training.train("stopped", FREE);
    assertThat(rest.code()).as(rest.err()).isZero();
    String last = "checkpoints/epoch-0002/model.safetensors";
    assertThat(TinyTraining.tensors(training.run("stopped").resolve(last)))
        .isEqualTo(TinyTraining.tensors(training.run("whole").resolve(last)));

    TinyTraining.Outcome perturbed =
        training.train(
            "perturbed", "objective.type=n-fgsm", "objective.awp.gamma=0.01", "train.max-steps=2");
    assertThat(perturbed.code()).as(perturbed.err()).isZero();
  }
}
