package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.report.StepMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs with every strong augmentation at once. */
@Tag("slow")
class AugmentedTrainingTest {
  private static final String[] HEAVY = {
    "augment.aa=rand-m9-mstd0.5-inc1",
    "augment.vflip=0.1",
    "augment.rotation=5",
    "augment.reprob=0.25",
    "augment.recount=2",
    "augment.repeats=3",
    "augment.warmup-epochs=2",
    "mixup.alpha=0.8",
    "mixup.cutmix-alpha=1"
  };

  @TempDir static Path folder;

  @Test
  void aRunContinuesAsIfItHadNotStopped() throws IOException {
    TinyTraining training = TinyTraining.withImages(folder);
    assertDone(training.train("whole", HEAVY));
    List<StepMetrics> steps = training.metrics("whole").steps();
    assertThat(steps).hasSize(2 * TinyTraining.STEPS_PER_EPOCH);
    assertThat(steps).allMatch(step -> Double.isFinite(step.loss()));

    int stop = TinyTraining.STEPS_PER_EPOCH + 2;
    assertDone(training.train("halted", with("train.max-steps=" + stop)));
    assertDone(training.train("halted", HEAVY));
    String model = "checkpoints/epoch-0002/model.safetensors";
    assertThat(TinyTraining.tensors(training.run("halted").resolve(model)))
        .isEqualTo(TinyTraining.tensors(training.run("whole").resolve(model)));
  }

  private static void assertDone(TinyTraining.Outcome outcome) {
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  private static String[] with(String... further) {
    return Stream.concat(Stream.of(HEAVY), Stream.of(further)).toArray(String[]::new);
  }
}
