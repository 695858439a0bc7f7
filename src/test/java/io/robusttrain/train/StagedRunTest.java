package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.storage.Storage;
import io.robusttrain.train.recovery.RunControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs in stages: from coarse images to fine ones, from weak attacks to strong ones. */
@Tag("slow")
class StagedRunTest {
  private static final String BORDER = "epoch-0001";

  /** Nine steps at 16 pixels, then five at 32, of a network with a learned grid of positions. */
  private static final String[] COARSE_TO_FINE = {
    "stages=[{ epochs = 1, img-size = 16, global-batch = 8 }, { epochs = 1, attack.steps = 2, restart = [lr-schedule], lr-schedule.warmup-epochs = 0 }]",
    "model.name=deit_small_patch16_224",
    "model.patch-size=8",
    "model-ema.decay=0.8",
    "checkpoint.every-steps=3",
    "attack.start=previous"
  };

  @TempDir private static Path folder;

  @BeforeAll
  static void images() throws IOException {
    TinyRun.drawImages(folder);
    TinyRun.of(folder, COARSE_TO_FINE).train("whole");
  }

  private static TinyRun coarseToFine() {
    return TinyRun.of(folder, COARSE_TO_FINE);
  }

  private static ModelCard card(Path file) throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(file.toUri());
    try (ModelFile model = ModelFile.open(Storage.fileSystem(path, new Configuration()), path)) {
      return model.card();
    }
  }

  @Test
  void twoStagesThatChangeNothingAreTheRunWithoutThem() throws IOException {
    String[] settings = {
      "swa.start=0",
      "checkpoint.every-steps=3",
      "mixup.alpha=0.8",
      // From the probe on with which the first epoch ends.
      "attack.guided.steps=2",
      "attack.guided.open=-1",
      "attack.guided.close=-1"
    };
    TinyRun plain = TinyRun.of(folder, settings);
    plain.train("plain");
    TinyRun staged =
        TinyRun.of(
            folder,
            Stream.concat(
                    Arrays.stream(settings),
                    Stream.of("stages=[{ epochs = 1, img-size = 32 }, { epochs = 1 }]"))
                .toArray(String[]::new));
    staged.train("staged");
    assertThat(staged.metrics("staged").alarms())
        .filteredOn(alarm -> alarm.kind() == Alarm.Kind.ATTACK_GAP)
        .extracting(Alarm::epoch)
        .containsExactly(0);
    RunComparison.assertSame(staged.directory("staged"), plain.directory("plain"));
  }

  @Test
  void stepsAndEpochsAreCountedThroughAllStages() throws IOException {
    MetricsLog.Content metrics = coarseToFine().metrics("whole");
    assertThat(metrics.steps()).extracting(StepMetrics::step).hasSize(14).last().isEqualTo(13L);
    assertThat(metrics.steps().get(8).epoch()).isZero();
    assertThat(metrics.steps().get(9).epoch()).isEqualTo(1);
    assertThat(metrics.epochs()).extracting(EpochMetrics::epoch).containsExactly(0, 1);
    assertThat(coarseToFine().checkpoints("whole"))
        .containsExactly(
            "epoch-0000-step-000000003",
            "epoch-0000-step-000000006",
            BORDER,
            "epoch-0001-step-000000012",
            "epoch-0002");
    // The second stage begins its own cosine, at its peak.
    assertThat(metrics.steps().get(9).lr()).isEqualTo(TinyRun.LEARNING_RATE);
  }

  /** In the first stage, where it ends, and in the second one. */
  @ParameterizedTest
  @ValueSource(strings = {"epoch-0000-step-000000006", BORDER, "epoch-0001-step-000000012"})
  void aRunThatWasKilledGoesOnExactly(String newest) throws IOException {
    TinyRun run = coarseToFine();
    String copy = "killed-" + newest;
    RunComparison.copyAsKilled(run.directory("whole"), run.directory(copy), newest);
    run.train(copy);
    RunComparison.assertSame(run.directory(copy), run.directory("whole"));
  }

  /** The validation of the first stage's last epoch is still to come, at the last one's size. */
  @ParameterizedTest
  @ValueSource(ints = {9, 11})
  void aRunThatWasAskedToEndGoesOnExactly(int steps) throws IOException {
    String id = "stopped-" + steps;
    RunControl control = new RunControl();
    assertThatThrownBy(
            () ->
                coarseToFine()
                    .control(control)
                    .afterStep(
                        step -> {
                          if (step + 1 == steps) {
                            control.requestStop();
                          }
                        })
                    .train(id))
        .isInstanceOf(StoppedException.class)
        .hasMessageStartingWith("stopped on request after step %d; ".formatted(steps));
    TinyRun run = coarseToFine();
    run.train(id);
    assertThat(RunComparison.lines(run.directory(id)))
        .containsExactlyElementsOf(RunComparison.lines(run.directory("whole")));
    for (String file : List.of("best", "checkpoints/epoch-0002")) {
      assertThat(RunComparison.tensors(run.directory(id).resolve(file + "/model.safetensors")))
          .isEqualTo(
              RunComparison.tensors(run.directory("whole").resolve(file + "/model.safetensors")));
    }
  }

  @Test
  void aStageBeginsWithWhatLoadingTheCheckpointAtItsSizeGives() throws IOException {
    TinyRun run = coarseToFine();
    Path killed = run.directory("border");
    RunComparison.copyAsKilled(run.directory("whole"), killed, BORDER);
    float[] carried = run.startingPoint("border").weights();
    float[] loaded =
        TinyRun.of(
                folder,
                "model.name=deit_small_patch16_224",
                "model.patch-size=8",
                "model.initial-checkpoint=" + killed.resolve("checkpoints").resolve(BORDER))
            .startingPoint("loaded")
            .weights();
    assertThat(carried).containsExactly(loaded);
    assertThat(run.startingPoint("border").changes())
        .anyMatch(line -> line.contains("pos_embed from a grid of 2x2 to 4x4"));
  }

  /** What was validated is what is selected: the network of 32 pixels. */
  @Test
  void modelsThatAreKeptHaveTheSizeOfTheLastStage() throws IOException {
    Path run = coarseToFine().directory("whole");
    assertThat(card(run.resolve("best/model.safetensors")).preprocessing().height()).isEqualTo(32);
    ModelCard border =
        card(run.resolve("checkpoints").resolve(BORDER).resolve("model.safetensors"));
    assertThat(border.preprocessing().height()).isEqualTo(16);
    assertThat(border.architecture().arguments()).containsEntry("img_size", 16L);
    assertThat(border.scores().map(Scores::epoch)).contains(0);
  }

  /** Its epoch is trained again: what a checkpoint of the first stage holds takes its place. */
  @Test
  void theBestModelOfAFormerStageIsBroughtBackAtTheSizeOfTheLast() throws IOException {
    TinyRun run = coarseToFine();
    Path killed = run.directory("former");
    RunComparison.copyAsKilled(run.directory("whole"), killed, BORDER);
    // As if the second epoch had just become the best one when the run was killed.
    Files.copy(
        run.directory("whole").resolve("checkpoints/epoch-0002/model.safetensors"),
        killed.resolve("best/model.safetensors"),
        StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(killed.resolve("best/former.safetensors"));
    RunControl control = new RunControl();
    control.requestStop();
    assertThatThrownBy(() -> coarseToFine().control(control).train("former"))
        .isInstanceOf(StoppedException.class);
    ModelCard best = card(killed.resolve("best/model.safetensors"));
    assertThat(best.preprocessing().height()).isEqualTo(32);
    assertThat(best.scores().map(Scores::epoch)).contains(0);
  }

  @Test
  void aRunThatLosesAnExecutorGoesOnInItsStage() throws IOException {
    TinyCluster cluster = new TinyCluster(folder, 2, COARSE_TO_FINE);
    cluster
        .afterStep(
            step -> {
              if (step == 10 && cluster.engines().size() == 2) {
                cluster.lose();
              }
            })
        .train("lost");
    assertThat(cluster.engines()).containsExactly(2, 2, 1);
    MetricsLog.Content metrics = cluster.metrics("lost");
    assertThat(metrics.steps()).hasSize(14);
    assertThat(metrics.alarms())
        .filteredOn(alarm -> alarm.kind() == Alarm.Kind.EXECUTOR_LOST)
        .extracting(Alarm::epoch)
        .containsExactly(1);
    assertThat(cluster.screen())
        .contains("stage 2 of 2 begins or goes on at epoch 2\n", "pos_embed from a grid of 2x2");
  }

  /** The start of an engine may take longer than there is time for. */
  @Test
  void aRunThatIsAskedToEndBetweenTwoStagesBeginsNone() {
    RunControl control = new RunControl();
    TinyCluster cluster = new TinyCluster(folder, 1, COARSE_TO_FINE);
    assertThatThrownBy(
            () -> cluster.control(control).afterEngine(control::requestStop).train("between"))
        .isInstanceOf(StoppedException.class)
        .hasMessageStartingWith("stopped on request after step 9; everything is in checkpoint")
        .hasMessageContaining(BORDER);
    assertThat(cluster.engines()).containsExactly(1);
  }

  /** What a step belongs to follows from the steps of the stages before it. */
  @Test
  void stagesThatMoveACheckpointAreRefusedEvenIfTheyMayChange() {
    TinyRun moved =
        TinyRun.of(
            folder,
            Stream.concat(
                    Arrays.stream(COARSE_TO_FINE).skip(1),
                    Stream.of(
                        "run.allow-changed=[stages]",
                        "stages=[{ epochs = 1, img-size = 16 }, { epochs = 1 }]"))
                .toArray(String[]::new));
    assertThatThrownBy(() -> moved.startingPoint("whole"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "epoch-0002 was written after step 14, 0 steps into epoch 3, which is elsewhere with these stages: give the stages before it the epochs and batches that they had");
  }

  /** Without stages the steps of an epoch are those of the second stage all along. */
  @Test
  void aRunThatLosesItsStagesIsRefusedEvenIfTheyMayChange() {
    TinyRun without =
        TinyRun.of(
            folder,
            Stream.concat(
                    Arrays.stream(COARSE_TO_FINE).skip(1), Stream.of("run.allow-changed=[stages]"))
                .toArray(String[]::new));
    assertThatThrownBy(() -> without.startingPoint("whole"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("with these stages: give the stages before it the epochs");
  }

  @Test
  void otherStagesAreAnotherRun() {
    TinyRun other =
        TinyRun.of(
            folder,
            Stream.concat(
                    Arrays.stream(COARSE_TO_FINE).skip(1), Stream.of("stages=[{ epochs = 2 }]"))
                .toArray(String[]::new));
    assertThatThrownBy(() -> other.startingPoint("whole"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("stages: is [{")
        .hasMessageContaining("allow it with run.allow-changed=[stages]");
  }
}
