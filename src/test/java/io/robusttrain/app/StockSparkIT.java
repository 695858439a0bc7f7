package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application jar on the {@code spark-submit} of a stock Spark, from an empty folder. */
@Tag("app-jar")
class StockSparkIT {
  private static final List<String> TRAINING =
      List.of(
          "data.path=data",
          "model.name=xcit_nano_12_p8_32",
          "model.img-size=32",
          "model.embed-dim=32",
          "model.depth=1",
          "model.num-heads=2",
          "train.global-batch=16",
          "train.micro-batch=8",
          "train.max-steps=4");

  @TempDir private static Path folder;
  private static StockSpark spark;
  private static final List<Process> DAEMONS = new ArrayList<>();

  @BeforeAll
  static void prepareDataWithNoOptionButTheMaster() throws Exception {
    spark = StockSpark.in(folder);
    Launch prep =
        submit(
            List.of("--master", "local[2]"),
            "RobustPrep",
            List.of("synthetic", "--output=data", "--size=32", "--train=64", "--val=32"));
    assertThat(prep.code()).as(prep.text()).isZero();
    assertThat(prep.text()).as("Spark's own logging").doesNotContain(" INFO Spark");
  }

  @AfterAll
  static void stopTheCluster() throws InterruptedException {
    for (Process daemon : DAEMONS) {
      daemon.destroy();
      daemon.waitFor();
    }
  }

  @Test
  void trainsOnOneMachineAndOnAClusterToTheSameWeights() throws Exception {
    // One thread computes in both: two sum in another order.
    Launch local = train("local", List.of("--master", "local[1]"));
    assertThat(local.text())
        .contains("checks on this machine: ")
        .doesNotContain("FAILED", " INFO Spark", "\tat ");
    Launch cluster =
        train(
            "cluster",
            List.of(
                "--master",
                startCluster(),
                "--total-executor-cores",
                "2",
                "--executor-cores",
                "1"));
    assertThat(cluster.text()).containsPattern("executors +2, each 1 core");
    assertThat(tensors("cluster")).isEqualTo(tensors("local"));
  }

  @Test
  void aLineThatTheDriverLogsHasNoSecret() throws Exception {
    List<String> arguments = new ArrayList<>(TRAINING);
    arguments.addAll(List.of("run.id=again", "run.dir=token=pl4nted"));
    Launch first = submit(List.of("--master", "local[1]"), "RobustTrain", arguments);
    assertThat(first.code()).as(first.text()).isZero();
    Launch again = submit(List.of("--master", "local[1]"), "RobustTrain", arguments);
    assertThat(again.text())
        .containsPattern(
            "\\d\\d:\\d\\d:\\d\\d INFO  RunDirectory: Continuing run again in file:.*token=\\*{6}\n")
        .doesNotContain("pl4nted", "%masked", "Unrecognized");
  }

  @Test
  void sparksShellReachesTheApiInThreeLines() throws Exception {
    Path lines =
        Files.writeString(
            folder.resolve("three.scala"),
            """
            import io.robusttrain.api._
            val run = RobustTrain.on(spark).set("data.path", "data").set("model.name", "xcit_nano_12_p8_32").set("model.img-size", 32).set("model.embed-dim", 32).set("model.depth", 1).set("model.num-heads", 2).set("train.global-batch", 16).set("train.micro-batch", 8).set("train.max-steps", 2).run()
            val found = Attacks.pgd(Threat.linf("4/255"), 2).on(run.best(), Images.read("data", "validation").first(4))
            run.metrics().dataset(spark).show()
            println("attacked " + found.table().size() + " of " + found.images())
            """);
    Launch shell =
        Launch.of(
            folder,
            spark.command("spark-shell"),
            "--master",
            "local[1]",
            "--driver-memory",
            "2g",
            "--jars",
            StockSpark.applicationJar().toString(),
            "-i",
            lines.toString());
    assertThat(shell.text())
        .contains("fgsm_accuracy", "attacked 4 of 4 images of 10 classes")
        .doesNotContain("error:");
    assertThat(shell.code()).as(shell.text()).isZero();
  }

  @Test
  void aWrongKeyIsOneLineAndExitCode2() throws Exception {
    Launch wrong = submit(List.of("--master", "local[2]"), "RobustTrain", List.of("train.epoch=3"));
    assertThat(wrong.code()).as(wrong.text()).isEqualTo(2);
    assertThat(wrong.text()).contains("train.epochs").doesNotContain("\tat ");
  }

  private static Launch train(String id, List<String> options) throws Exception {
    List<String> arguments = new ArrayList<>(TRAINING);
    arguments.add("run.id=" + id);
    Launch launch = submit(options, "RobustTrain", arguments);
    assertThat(launch.code()).as(launch.text()).isZero();
    assertThat(launch.remains()).as("processes left running").isEmpty();
    return launch;
  }

  private static Launch submit(List<String> options, String main, List<String> arguments)
      throws Exception {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of("--class", main, StockSpark.applicationJar().toString()));
    all.addAll(arguments);
    return Launch.of(folder, spark.command("spark-submit"), all.toArray(String[]::new));
  }

  /** A master and two workers of one core. */
  private static String startCluster() throws Exception {
    Path log = daemon("master", "master.Master", "--host", "127.0.0.1", "--port", "0");
    String master = found(log, "Starting Spark master at (spark://\\S+)");
    for (String name : List.of("one", "two")) {
      Path worker =
          daemon(
              name,
              "worker.Worker",
              "--host",
              "127.0.0.1",
              "--cores",
              "1",
              "--memory",
              "2g",
              "--work-dir",
              folder.resolve("work-" + name).toString(),
              master);
      found(worker, "(Successfully registered with master)");
    }
    return master;
  }

  private static Path daemon(String name, String main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(spark.command("spark-class"), "org.apache.spark.deploy." + main));
    command.addAll(Arrays.asList(arguments));
    command.addAll(command.size() - arguments.length, List.of("--webui-port", "0"));
    Path log = folder.resolve(name + ".log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    DAEMONS.add(builder.redirectOutput(log.toFile()).directory(folder.toFile()).start());
    return log;
  }

  private static String found(Path log, String pattern) throws Exception {
    java.util.regex.Pattern wanted = java.util.regex.Pattern.compile(pattern);
    io.robusttrain.waiting.Waiting.until(
        pattern + " in " + log, () -> wanted.matcher(Files.readString(log)).find());
    java.util.regex.Matcher matcher = wanted.matcher(Files.readString(log));
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  /** What a checkpoint's slices hold, whatever their number: the weights of the best model. */
  private static byte[] tensors(String id) throws IOException {
    List<Path> models = new ArrayList<>();
    Path best = folder.resolve("runs").resolve(id).resolve("best");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(best, "*.safetensors")) {
      files.forEach(models::add);
    }
    byte[] bytes = Files.readAllBytes(models.get(0));
    long header = java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong();
    // The header tells of the run; the tensors follow it.
    return Arrays.copyOfRange(bytes, 8 + Math.toIntExact(header), bytes.length);
  }
}
