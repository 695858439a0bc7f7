package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.storage.OddFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code spark-submit/local.sh} as a user runs it. */
class LocalIT {
  @TempDir(factory = OddFolder.class)
  private Path folder;

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
  void theShellHasTheApiASessionAndTheSettingsOfTheLaunchers() throws Exception {
    Path statements =
        Files.writeString(
            folder.resolve("a b.jsh"),
            """
            System.out.println("master " + spark.sparkContext().master());
            System.out.println("threads " + System.getenv("OMP_NUM_THREADS") + ", " + Runtime.getRuntime().maxMemory());
            System.out.println(Images.of(new float[3 * 4 * 4], 4, 4, 0) + " in " + Threat.linf("4/255"));
            try { Model.load("nowhere"); } catch (RobustTrainException e) { System.out.println(e.getMessage()); }
            System.out.println(spark.range(5).count() + " rows");
            spark.stop();
            /exit 3
            """);
    Launch shell =
        Launch.of(
            folder,
            "shell.sh",
            "--cores",
            "1",
            "--driver-memory",
            "1g",
            "--conf",
            "spark.robusttrain.words=two \"words\"",
            statements.toString());
    assertThat(shell.text())
        .contains("master local[1]", "threads 1, ", "1 images in linf 4/255", "5 rows")
        .contains("model(...): ")
        .doesNotContain("\tat ", "rror:");
    assertThat(shell.code()).isEqualTo(3);
    assertThat(shell.remains()).isEmpty();
  }

  @Test
  void aSweepRunsItsRunsOneAfterAnotherAndOneThatFailsStopsNoOther() throws Exception {
    Path data = folder.resolve("sweep-data");
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
    Files.writeString(
        folder.resolve("base.conf"),
        """
        model { name = xcit_nano_12_p8_32, img-size = 32, embed-dim = 32, depth = 1, num-heads = 2 }
        train { epochs = 2, max-steps = 2, global-batch = 32, micro-batch = 16 }
        lr-schedule { warmup-epochs = 1, cooldown-epochs = 0 }
        """);
    Path file =
        Files.writeString(
            folder.resolve("tiny.conf"),
            """
            base = base.conf
            runs = [
              { name = bad, set { model.initial-checkpoint = nowhere.safetensors } }
              { name = good, set { optim.lr = 1e-3 } }
            ]
            """);
    String[] sweep = {
      "RobustTrain", "--sweep=" + file, "data.path=" + data, "run.dir=" + folder.resolve("runs")
    };
    Launch first = launch(sweep);
    assertThat(first.code()).as(first.text()).isEqualTo(1);
    assertThat(first.text()).contains("there is no file nowhere.safetensors");
    assertThat(folder.resolve("runs/tiny/good/best/model.safetensors")).exists();
    assertThat(Files.readString(folder.resolve("runs/tiny/sweep.txt")))
        .containsPattern("good .* done\nbad .* failed");
    Launch second = launch(sweep);
    assertThat(second.code()).as(second.text()).isEqualTo(1);
    assertThat(second.text()).contains("run 1 of 2: bad").doesNotContain("run 2 of 2");
    assertThat(second.remains()).isEmpty();
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
