package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.hadoop.MiniYarn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code spark-submit/yarn.sh} as a user runs it, on a ResourceManager and two NodeManagers. */
class YarnIT {
  @TempDir private static Path folder;

  private static MiniYarn cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new MiniYarn("yarn-it", 2);
    Files.writeString(
        folder.resolve("tiny.conf"),
        "model { name = xcit_nano_12_p8_32, img-size = 32, embed-dim = 32, depth = 1, num-heads = 2 }\n");
    Files.writeString(
        folder.resolve("run.conf"),
        "include \"tiny.conf\"\noptim.lr = 2e-3\nlr-schedule { warmup-epochs = 0, cooldown-epochs = 0 }\neps-schedule.type = constant\ntrain { epochs = 4, global-batch = 16, micro-batch = 8 }\n");
    Launch prepared =
        Launch.of(
            folder,
            "local.sh",
            "--cores",
            "1",
            "--driver-memory",
            "1g",
            "RobustPrep",
            "synthetic",
            "--output=" + folder.resolve("data"),
            "--size=32",
            "--train=128",
            "--val=32");
    assertThat(prepared.code()).as(prepared.text()).isZero();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  @Test
  void client() throws Exception {
    Launch launch =
        yarn(
            "client",
            "RobustTrain",
            "--config=run.conf",
            "--run-id=client",
            "data.path=" + folder.resolve("data"),
            "run.dir=" + folder.resolve("runs"));
    System.out.println(launch.text());
    assertThat(launch.code()).isZero();
  }

  @Test
  void cluster() throws Exception {
    Launch launch =
        yarn(
            "cluster",
            "RobustTrain",
            "--config=run.conf",
            "--run-id=cluster",
            "data.path=" + folder.resolve("data"),
            "run.dir=" + folder.resolve("runs"));
    System.out.println(launch.text());
    assertThat(launch.code()).isZero();
  }

  private static Launch yarn(String mode, String... arguments) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--deploy-mode",
                mode,
                "--num-executors",
                "2",
                "--executor-memory",
                "1g",
                "--executor-native",
                "1g",
                "--driver-memory",
                "1g",
                "--driver-native",
                "1g"));
    for (String key :
        List.of("yarn.resourcemanager.address", "yarn.resourcemanager.scheduler.address")) {
      all.add("--conf");
      all.add("spark.hadoop." + key + "=" + cluster.address(key));
    }
    all.addAll(
        List.of(
            "--conf",
            "spark.yarn.stagingDir=" + folder.resolve("staging").toUri(),
            "--conf",
            "spark.driver.host=127.0.0.1"));
    all.addAll(List.of(arguments));
    return Launch.of(folder, "yarn.sh", all.toArray(String[]::new));
  }
}
