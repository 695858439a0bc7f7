package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code spark-submit/local.sh} as a user runs it. */
class LocalIT {
  @TempDir private Path folder;

  @Test
  void aDryRunPrintsThePlanAndWritesNothing() throws Exception {
    Path data = folder.resolve("data");
    Launch prep =
        launch(
            "RobustPrep",
            "synthetic",
            "--output=" + data,
            "--size=32",
            "--train=64",
            "--val=16",
            "--classes=2");
    assertThat(prep.code()).as(prep.text()).isZero();
    Launch dry =
        launch(
            "RobustTrain",
            "--dry-run",
            "data.path=" + data,
            "model.name=xcit_nano_12_p8_32",
            "model.img-size=32",
            "train.global-batch=32");
    assertThat(dry.code()).as(dry.text()).isZero();
    assertThat(dry.text())
        .contains("xcit_nano_12_p8_32")
        .contains("64 training and 16 validation images")
        .contains("of 2 steps")
        .containsPattern("executors +1, each 1 core");
    assertThat(folder.resolve("runs")).doesNotExist();
  }

  @Test
  void anUnknownKeyIsWrongUsageAndTheNearestOneIsNamed() throws Exception {
    Launch launch = launch("RobustTrain", "train.epoch=3");
    assertThat(launch.text()).contains("train.epoch").contains("train.epochs");
    assertThat(launch.text()).doesNotContain("\tat ").doesNotContain("Exception");
    assertThat(launch.code()).isEqualTo(2);
  }

  @Test
  void absentDataIsBadData() throws Exception {
    Launch launch = launch("RobustTrain", "data.path=" + folder.resolve("none"));
    assertThat(launch.text()).contains(folder.resolve("none").toString()).doesNotContain("\tat ");
    assertThat(launch.code()).isEqualTo(3);
    assertThat(folder.resolve("runs")).doesNotExist();
  }

  @Test
  void anUnknownMainClassIsWrongUsageAndTheKnownOnesAreNamed() throws Exception {
    Launch launch = launch("RobustTrian");
    assertThat(launch.text())
        .startsWith("error: there is no main class RobustTrian; there are:")
        .contains(" RobustPrep", " RobustTrain");
    assertThat(launch.code()).isEqualTo(2);
  }

  private Launch launch(String... arguments) throws Exception {
    String[] all = new String[4 + arguments.length];
    System.arraycopy(new String[] {"--cores", "1", "--driver-memory", "1g"}, 0, all, 0, 4);
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    return Launch.of(folder, "local.sh", all);
  }
}
