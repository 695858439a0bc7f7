package io.robusttrain.train.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.objective.FrozenModel;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.train.TinyRun;
import io.robusttrain.train.plan.RunPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run goes on with the helper model that it had: by what the file holds, not by its name. */
@Tag("slow")
class HelperResumeTest {
  private static final String BY_NAME =
      "the checkpoint is of an earlier release and does not say what the file held, so only its name is compared";

  @TempDir private static Path folder;

  private static Path helper;
  private static Path others;
  private static Path elsewhere;

  @BeforeAll
  static void trainWithAHelper() throws IOException {
    TinyRun.drawImages(folder);
    standard(1).train("one");
    standard(2).train("two");
    helper = folder.resolve("helper.safetensors");
    others = folder.resolve("runs/two/checkpoints/epoch-0000-step-000000001/model.safetensors");
    elsewhere = Files.createDirectories(folder.resolve("elsewhere")).resolve("g.safetensors");
    restore();
    Files.copy(helper, elsewhere);
    hat(helper).train("hat");
    hat(helper).without(RunPlan.HELPER_FACT).train("older");
  }

  @BeforeEach
  void restoreHelper() throws IOException {
    restore();
  }

  @Test
  void theSameWeightsMayLieElsewhere() {
    StartingPoint start = hat(elsewhere).startingPoint("hat");
    assertThat(start.firstStep()).isEqualTo(1);
    assertThat(start.lines()).isEmpty();
    assertThat(
            hat(folder.resolve("runs/one/checkpoints/epoch-0000-step-000000001"))
                .startingPoint("hat")
                .firstStep())
        .isEqualTo(1);
  }

  @Test
  void otherWeightsUnderTheSameNameAreRefused() throws IOException {
    Files.copy(others, helper, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> hat(helper).startingPoint("hat"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("objective.helper-checkpoint: " + helper + " holds other weights")
        .hasMessageContaining("epoch-0000-step-000000001 was written: bring the old file back")
        .hasMessageContaining("run.allow-changed=[objective.helper-checkpoint]");
    assertThat(
            hat(helper, "run.allow-changed=[objective.helper-checkpoint]")
                .startingPoint("hat")
                .firstStep())
        .isEqualTo(1);
  }

  @Test
  void otherWeightsUnderAnotherNameAreRefused() {
    assertThatThrownBy(() -> hat(others).startingPoint("hat"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("objective.helper-checkpoint: is \"" + others)
        .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain(BY_NAME));
  }

  @Test
  void aCheckpointOfAnEarlierReleaseIsComparedByNameAndThatIsSaid() {
    StartingPoint start = hat(helper).startingPoint("older");
    assertThat(start.firstStep()).isEqualTo(1);
    assertThat(start.lines()).containsExactly("objective.helper-checkpoint: " + BY_NAME);
    assertThatThrownBy(() -> hat(elsewhere).startingPoint("older"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("objective.helper-checkpoint: is \"" + elsewhere)
        .hasMessageContaining(BY_NAME);
  }

  /** A replica reads the file after the plan did, and again when executors were lost. */
  @Test
  void aFileThatIsReplacedAfterThePlanIsRefused() throws IOException {
    FrozenModel planned =
        hat(helper).plan("replaced").job().objective().frozenModel().orElseThrow();
    planned.open(ComputeDevice.CPU).close();
    Files.copy(others, helper, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> planned.open(ComputeDevice.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("objective.helper-checkpoint: " + helper)
        .hasMessageContaining("holds other weights than when the run was planned");
  }

  /** Its positions are resized to the stage, and it is the same model. */
  @Test
  void aHelperIsTheSameInStagesOfAnotherResolution() throws IOException {
    String[] network = {"model.name=deit_small_patch16_224", "model.patch-size=8"};
    TinyRun.of(folder, network[0], network[1], "objective.type=standard", "train.max-steps=1")
        .train("large");
    TinyRun staged =
        TinyRun.of(
            folder,
            network[0],
            network[1],
            "objective.type=hat",
            "objective.helper-checkpoint=" + folder.resolve("runs/large"),
            "train.max-steps=1",
            "stages=[{ epochs = 1, img-size = 16 }, { epochs = 1, attack.steps = 2 }]");
    staged.train("staged");
    assertThat(staged.startingPoint("staged").firstStep()).isEqualTo(1);
  }

  private static void restore() throws IOException {
    Files.copy(
        folder.resolve("runs/one/checkpoints/epoch-0000-step-000000001/model.safetensors"),
        helper,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static TinyRun standard(int seed) {
    return TinyRun.of(folder, "objective.type=standard", "train.max-steps=1", "run.seed=" + seed);
  }

  private static TinyRun hat(Path file, String... further) {
    String[] settings = {
      "objective.type=hat",
      "objective.helper-checkpoint=" + file,
      "attack.steps=2",
      "train.max-steps=1",
      further.length == 0 ? "report.tensorboard=false" : further[0]
    };
    return TinyRun.of(folder, settings);
  }
}
