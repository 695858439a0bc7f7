package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.report.StepMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that train on 9 of 16 patch tokens. */
@Tag("slow")
class DroppedTokensRunTest {
  private static final String RATE = "model.patch-drop-rate=0.5";
  private static final String BLOCK = "model.patch-drop-mode=block";

  @TempDir private static Path folder;

  @BeforeAll
  static void images() throws IOException {
    TinyRun.drawImages(folder);
  }

  /** With weights that do not move and without a perturbation the loss tells the tokens. */
  @Test
  void replaysOfABatchSeeTheSameTokens() throws IOException {
    TinyRun run =
        TinyRun.of(
            folder,
            RATE,
            BLOCK,
            "objective.type=free",
            "objective.replays=3",
            "model.drop-path=0",
            "eps-schedule.zero-epochs=1",
            "lr-schedule.type=constant",
            "lr-schedule.warmup-epochs=0",
            "optim.lr=1e-12",
            "train.max-steps=6",
            "guard.no-learning.action=off");
    run.train("free");
    List<Double> losses = run.metrics("free").steps().stream().map(StepMetrics::loss).toList();
    assertThat(losses).hasSize(6);
    // Weights of 1e-2 and more do not move by 1e-12 in float32; the others' part is as small.
    for (int step = 0; step < 6; step++) {
      assertThat(losses.get(step))
          .as("step %d", step)
          .isCloseTo(losses.get(step / 3 * 3), within(1e-6));
    }
    assertThat(Math.abs(losses.get(0) - losses.get(3))).isGreaterThan(1e-3);
  }

  /** The recipe of AdvXL: a part of the tokens first, all of them last. */
  @Test
  void aStageWithAllTokensGoesOnFromOneWithAPart() throws IOException {
    TinyRun staged =
        TinyRun.of(folder, "stages=[{ epochs = 1, " + RATE + ", " + BLOCK + " }, { epochs = 1 }]");
    staged.train("staged");
    TinyRun.of(folder, RATE, BLOCK, "train.max-steps=5").train("by-hand");
    TinyRun whole = TinyRun.of(folder, "run.allow-changed=[model]");
    assertThat(weights(staged, "staged", 1)).isEqualTo(weights(whole, "by-hand", 1));
    whole.train("by-hand");
    assertThat(weights(staged, "staged", 2)).isEqualTo(weights(whole, "by-hand", 2));
  }

  private static Object weights(TinyRun run, String id, int epochs) throws IOException {
    return RunComparison.tensors(
        run.directory(id).resolve("checkpoints/epoch-%04d/model.safetensors".formatted(epochs)));
  }
}
