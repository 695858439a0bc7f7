package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.hadoop.JavaProcesses;
import io.robusttrain.hadoop.MiniYarn;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.waiting.Waiting;
import io.robusttrain.waiting.Waiting.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code spark-submit/yarn.sh} as a user runs it, on a ResourceManager and two NodeManagers. */
class YarnIT {
  private static final int NODES = 2;
  private static final int STEPS = 24;
  private static final int STEP_OF_LOSS = 9;
  private static final String EXECUTOR = "CoarseGrainedExecutorBackend";

  @TempDir private static Path folder;

  private static MiniYarn cluster;
  private static UserShell shell;

  @BeforeAll
  static void start() throws Exception {
    cluster = new MiniYarn("yarn-it", NODES);
    cluster.writeConfiguration(folder.resolve("hadoop"));
    shell = UserShell.in(folder, "export HADOOP_CONF_DIR='" + folder.resolve("hadoop") + "'");
    // Two files in a folder of their own: cluster mode must bring both into the container.
    Path conf = Files.createDirectory(folder.resolve("conf"));
    Files.writeString(
        conf.resolve("model.conf"),
        """
        model {
          name = xcit_nano_12_p8_32
          img-size = 32
          embed-dim = 32
          depth = 1
          num-heads = 2
        }
        """);
    Files.writeString(
        conf.resolve("run.conf"),
        """
        include "model.conf"
        eps-schedule.type = constant
        optim.lr = 2e-3
        lr-schedule { warmup-epochs = 0, cooldown-epochs = 0 }
        train { epochs = 3, global-batch = 16, micro-batch = 8 }
        guard.probe { samples = 32, steps = 2 }
        data.path = "%s"
        run.dir = "%s"
        """
            .formatted(folder.resolve("data"), folder.resolve("runs")));
    Launch prepared =
        shell.run(
            "local.sh",
            "--cores",
            "1",
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
  void aKilledContainerCostsStepsAndNothingElse() throws Exception {
    Launch undisturbed = train("cluster", "in-cluster");
    assertThat(undisturbed.code()).as(everything(undisturbed)).isZero();
    assertThat(undisturbed.text()).contains("Logs: yarn logs -applicationId application_");
    assertThat(cluster.output("stdout"))
        .as("what the driver printed in its container")
        .contains("executors  2, each 1 core")
        .containsPattern("epoch +train loss +clean +FGSM");

    CompletableFuture<Launch> running = Waiting.start(() -> train("client", "in-client"));
    Waiting.until(
        "step " + STEP_OF_LOSS, Work.of(running), () -> steps("in-client").size() >= STEP_OF_LOSS);
    List<ProcessHandle> executors = JavaProcesses.with(EXECUTOR, cluster.newest());
    assertThat(executors).hasSize(2);
    executors.get(1).destroyForcibly();

    Launch disturbed = running.get();
    assertThat(disturbed.code()).as(everything(disturbed)).isZero();
    assertThat(disturbed.remains()).as("processes left running").isEmpty();
    Waiting.until("end of the containers", () -> JavaProcesses.with(cluster.newest()).isEmpty());
    assertThat(steps("in-client")).as("no step twice, none left out").hasSize(STEPS);
    assertThat(losses("in-client")).isEqualTo(losses("in-cluster"));
    assertThat(TinyTraining.tensors(best("in-client")))
        .isEqualTo(TinyTraining.tensors(best("in-cluster")));
    assertThat(incidents("in-client")).as("losses that were noted").isEqualTo(1);
  }

  @Test
  void theExitCodeOfADriverInAContainerIsTheLaunchers() throws Exception {
    Launch launch = train("cluster", "wrong", "train.epohcs=3");
    assertThat(launch.code()).as(everything(launch)).isEqualTo(ExitCode.USAGE.number());
    assertThat(launch.text()).contains("train.epochs");
  }

  private static Launch train(String mode, String id, String... changes) throws Exception {
    List<String> all = new ArrayList<>(List.of("--deploy-mode", mode));
    all.addAll(List.of("--num-executors", "2", "--queue", "default"));
    all.addAll(List.of("--executor-memory", "1g", "--executor-native", "1g"));
    all.addAll(List.of("--driver-memory", "1g", "--driver-native", "1g"));
    all.addAll(List.of("--conf", "spark.yarn.stagingDir=" + folder.resolve("staging").toUri()));
    // The machine's name may be that of an interface which containers cannot reach.
    all.addAll(List.of("--conf", "spark.driver.host=localhost"));
    all.addAll(List.of("RobustTrain", "--config=conf/run.conf", "--run-id=" + id));
    all.addAll(List.of(changes));
    return shell.run("yarn.sh", all.toArray(String[]::new));
  }

  private static String everything(Launch launch) throws IOException {
    return launch.text() + cluster.output("stderr");
  }

  private static Path best(String id) {
    return folder.resolve("runs").resolve(id).resolve("best/model.safetensors");
  }

  private static List<Double> losses(String id) throws IOException {
    return steps(id).stream().map(StepMetrics::loss).toList();
  }

  private static List<StepMetrics> steps(String id) throws IOException {
    return metrics(id).steps();
  }

  private static long incidents(String id) throws IOException {
    return metrics(id).alarms().stream()
        .filter(alarm -> alarm.kind() == Alarm.Kind.EXECUTOR_LOST)
        .count();
  }

  private static MetricsLog.Content metrics(String id) throws IOException {
    return MetricsLog.read(
        FileSystem.getLocal(new Configuration()).getRawFileSystem(),
        new org.apache.hadoop.fs.Path(
            folder.resolve("runs").resolve(id).resolve("metrics.jsonl").toUri()));
  }
}
