package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.hadoop.JavaProcesses;
import io.robusttrain.hadoop.MiniHdfs;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.waiting.Waiting;
import io.robusttrain.waiting.Waiting.Work;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Shards, checkpoints and run directories on a real HDFS of three DataNodes, with the launchers as
 * a user runs them.
 */
class HdfsIT {
  private static final int DATA_NODES = 3;
  private static final int STEPS = 96;
  private static final String DATA = "/" + OddFolder.NAME + "/data";
  private static final String RUNS = "/" + OddFolder.NAME + "/runs";
  private static final String[] TINY = {
    "model.name=xcit_nano_12_p8_32",
    "model.img-size=32",
    "model.embed-dim=32",
    "model.depth=1",
    "model.num-heads=2",
    "train.epochs=6",
    "train.global-batch=16",
    "train.micro-batch=8",
    "optim.lr=2e-3",
    "lr-schedule.warmup-epochs=0",
    "lr-schedule.cooldown-epochs=0",
    "eps-schedule.period=2",
    "guard.probe.samples=32",
    "guard.probe.steps=2"
  };

  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static MiniHdfs cluster;
  private static FileSystem hdfs;

  @BeforeAll
  static void start(@TempDir Path disks) throws IOException {
    // Hadoop takes the folders of its disks for a list.
    cluster = new MiniHdfs(disks, DATA_NODES);
    hdfs = cluster.client();
  }

  @AfterAll
  static void stop() throws IOException {
    hdfs.close();
    cluster.close();
  }

  @Test
  void losesADataNodeAndTheDriverAndEndsWithTheModelOfAnUndisturbedLocalRun() throws Exception {
    require(
        local(
            UserShell.in(folder),
            "RobustPrep",
            "synthetic",
            "--output=" + at(DATA),
            "--size=32",
            "--train=256",
            "--val=64"));
    hdfs.copyToLocalFile(path(DATA), new org.apache.hadoop.fs.Path(folder.resolve("data").toUri()));
    require(train(folder.resolve("data").toString(), folder.resolve("runs").toString()));

    CompletableFuture<Launch> first = Waiting.start(() -> train(at(DATA), at(RUNS)));
    awaitStep(first, 20);
    cluster.stopDataNode(0);
    awaitStep(first, 36);
    ProcessHandle driver = JavaProcesses.theOneWith("--run-id=tiny", at(RUNS));
    driver.destroyForcibly();
    assertThat(first.get().code()).as(first.get().text()).isEqualTo(128 + 9);
    assertThat(steps()).hasSizeBetween(36, STEPS - 1);

    Launch second = require(train(at(DATA), at(RUNS)));
    assertThat(second.text()).contains("run directory").contains(at(RUNS + "/tiny"));
    assertThat(steps()).as("no step twice, none left out").hasSize(STEPS);
    assertThat(steps().stream().map(StepMetrics::loss))
        .containsExactlyElementsOf(localSteps().stream().map(StepMetrics::loss).toList());
    Path copy = folder.resolve("best.safetensors");
    hdfs.copyToLocalFile(
        path(RUNS + "/tiny/best/model.safetensors"), new org.apache.hadoop.fs.Path(copy.toUri()));
    Map<String, ByteBuffer> undisturbed =
        TinyTraining.tensors(folder.resolve("runs/tiny/best/model.safetensors"));
    assertThat(TinyTraining.tensors(copy)).isEqualTo(undisturbed);
    assertThat(cluster.dataNodes()).isEqualTo(DATA_NODES - 1);

    readsBack();
  }

  /** With the cluster's addresses from its configuration files. */
  private static void readsBack() throws Exception {
    cluster.writeConfiguration(folder.resolve("hadoop"));
    UserShell shell =
        UserShell.in(folder, "export HADOOP_CONF_DIR='" + folder.resolve("hadoop") + "'");
    Launch inspected =
        require(local(shell, "RobustInspect", "checkpoint", RUNS + "/tiny/best/model.safetensors"));
    assertThat(inspected.text()).contains("xcit_nano_12_p8_32");
    Launch evaluated =
        require(
            local(
                shell,
                "RobustEval",
                "--model=hdfs://" + RUNS + "/tiny",
                "--data=" + DATA,
                "--attacks=apgd-ce",
                "--eps=4/255",
                "--n=16",
                "--output=hdfs:///" + OddFolder.NAME + "/eval"));
    assertThat(evaluated.text()).contains("apgd-ce");
    assertThat(hdfs.exists(path("/" + OddFolder.NAME + "/eval/eval.json"))).isTrue();
  }

  private static Launch train(String data, String runs) throws Exception {
    String[] arguments = new String[TINY.length + 4];
    System.arraycopy(TINY, 0, arguments, 4, TINY.length);
    arguments[0] = "RobustTrain";
    arguments[1] = "--run-id=tiny";
    arguments[2] = "data.path=" + data;
    arguments[3] = "run.dir=" + runs;
    return local(UserShell.in(folder), arguments);
  }

  private static Launch local(UserShell shell, String... arguments) throws Exception {
    String[] all = new String[arguments.length + 4];
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    all[0] = "--cores";
    all[1] = "1";
    all[2] = "--driver-memory";
    all[3] = "1g";
    return shell.run("local.sh", all);
  }

  private static Launch require(Launch launch) {
    assertThat(launch.code()).as(launch.text()).isZero();
    assertThat(launch.remains()).as("processes left running").isEmpty();
    return launch;
  }

  private static void awaitStep(CompletableFuture<Launch> run, int step) throws Exception {
    Waiting.until("step " + step, Work.of(run), () -> steps().size() >= step);
  }

  private static List<StepMetrics> steps() throws IOException {
    return MetricsLog.read(hdfs, path(RUNS + "/tiny/metrics.jsonl")).steps();
  }

  private static List<StepMetrics> localSteps() throws IOException {
    return MetricsLog.read(
            FileSystem.getLocal(new Configuration()).getRawFileSystem(),
            new org.apache.hadoop.fs.Path(folder.resolve("runs/tiny/metrics.jsonl").toUri()))
        .steps();
  }

  private static org.apache.hadoop.fs.Path path(String path) {
    return new org.apache.hadoop.fs.Path(path);
  }

  private static String at(String path) {
    return cluster.uri() + path;
  }
}
