package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs with objectives other than the recipe's. */
@Tag("slow")
class ObjectiveRunsTest {
  @TempDir static Path folder;

  private static TinyTraining training;

  @BeforeAll
  static void images() {
    training = TinyTraining.withImages(folder);
  }

  @Test
  void helperBasedTrainingAsksAStandardModel() throws IOException {
    requireDone(training.train("standard", "train.max-steps=5", "objective.type=standard"));
    String[] hat = {
      "train.max-steps=5",
      "objective.type=hat",
      "objective.helper-checkpoint=" + training.run("standard"),
      "attack.steps=2"
    };
    requireDone(training.train("hat", hat));
    assertThat(training.metrics("hat").steps()).hasSize(5);
    // A restored worker forgets what steps left behind, but not the helper.
    hat[0] = "train.max-steps=10";
    requireDone(training.train("hat", hat));
    assertThat(training.metrics("hat").steps()).hasSize(10);
    TinyTraining.Outcome other =
        training.train(
            "other",
            "objective.type=hat",
            "objective.helper-checkpoint=" + training.run("standard"),
            "model.embed-dim=48");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err())
        .contains("objective.helper-checkpoint: must be a model of this run's architecture")
        .contains("cls_token is [1, 1, 32] instead of [1, 1, 48]");
  }

  /** Mixing, L2, a warm start and a target follow from keys: a run in two parts is the run. */
  @Test
  void aContinuedRunIsTheSameRun() throws IOException {
    String[] whole = {
      "train.max-steps=10",
      "mixup.alpha=0.8",
      "mixup.cutmix-alpha=1",
      "attack.norm=l2",
      "attack.eps=1.5",
      "attack.start=previous",
      "attack.target=random",
      "objective.loss=bce",
      "eps-schedule.type=constant"
    };
    requireDone(training.train("whole", whole));
    String[] half = whole.clone();
    half[0] = "train.max-steps=5";
    requireDone(training.train("halves", half));
    requireDone(training.train("halves", whole));
    String last = "checkpoints/epoch-0002/model.safetensors";
    assertThat(TinyTraining.tensors(training.run("halves").resolve(last)))
        .isEqualTo(TinyTraining.tensors(training.run("whole").resolve(last)));
  }

  private static void requireDone(TinyTraining.Outcome outcome) {
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }
}
