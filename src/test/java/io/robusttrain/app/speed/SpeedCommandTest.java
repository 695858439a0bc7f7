package io.robusttrain.app.speed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.report.ProgressDisplay;
import io.robusttrain.storage.OddFolder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command line, and both ways of timing on a model small enough for a test. */
@Tag("slow")
class SpeedCommandTest {
  private static final List<String> TINY =
      List.of(
          "--model=xcit_nano_12_p16_224",
          "--img-size=32",
          "--num-classes=10",
          "--batch=4",
          "--threads=1",
          "--warmup=1",
          "--steps=3");

  @TempDir(factory = OddFolder.class)
  private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

  @Test
  void timesTheStepInThisProcess() throws Exception {
    Path file = folder.resolve("speed.json");
    assertThat(execute("--json=" + file)).as(err.toString()).isZero();
    assertThat(out.toString()).contains("images/s", "sgemm", "peak RSS", "without Spark");
    assertThat(progress.toString(UTF_8).lines())
        .hasSize(6)
        .anyMatch(line -> line.startsWith("timed  step 4/4  "));
    JsonNode json = new ObjectMapper().readTree(Files.readString(file));
    assertThat(json.get("engine").asText()).isEqualTo("in_process");
    assertThat(json.get("img_size").asInt()).isEqualTo(32);
    assertPlausible(json);
  }

  @Test
  void profilesTheStepAfterItWasTimed() throws Exception {
    Path file = folder.resolve("profile.json");
    assertThat(execute("--profile", "--json=" + file)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("peak RSS", "matrix product", "between operations", "optimiser", "aten::addmm");
    JsonNode profile = new ObjectMapper().readTree(Files.readString(file)).get("profile");
    double step = profile.get("seconds").asDouble();
    double operations = profile.at("/all/seconds").asDouble();
    double attack = profile.at("/all/attack_seconds").asDouble();
    assertThat(operations).isBetween(0.05 * step, step);
    assertThat(attack).isBetween(0.05 * operations, 0.95 * operations);
    double sum = 0;
    for (JsonNode kind : profile.get("kinds")) {
      sum += kind.get("seconds").asDouble();
    }
    assertThat(sum).isCloseTo(operations, within(1e-9));
    assertThat(profile.at("/operations/aten::mm/bytes_moved").asLong()).isPositive();
  }

  @Test
  void comparesTwoResults() throws Exception {
    Path file = folder.resolve("speed.json");
    assertThat(execute("--steps=1", "--warmup=0", "--json=" + file)).as(err.toString()).isZero();
    String json = Files.readString(file);
    Path other = folder.resolve("other.json");
    Files.writeString(other, json.replace("\"batch\" : 4", "\"batch\" : 8"));
    assertThat(commandLine().execute("compare", file.toString(), other.toString()))
        .as(err.toString())
        .isZero();
    assertThat(out.toString())
        .contains("images/s", "1.000", "warning: not the same batch: 4 and 8");
    assertThat(commandLine().execute("compare", file.toString(), folder + "/none.json"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("error: there is no file " + folder + "/none.json: name what");
    assertThat(commandLine().execute("compare", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("Missing required parameter: 'B'");
  }

  @Test
  void timesManyModelsIntoOneTable() throws Exception {
    Path file = folder.resolve("models.json");
    String[] command = {
      "models",
      "nano_12_p8_32",
      "tiny_12_p8_32",
      "--batch=4",
      "--step-gmacs=0.3",
      "--threads=1",
      "--warmup=0",
      "--steps=1",
      "--json=" + file
    };
    assertThat(commandLine().execute(command)).as(err.toString()).isZero();
    JsonNode json = new ObjectMapper().readTree(Files.readString(file));
    assertThat(json).hasSize(2);
    assertThat(json.get(0).get("model").asText()).isEqualTo("xcit_nano_12_p8_32");
    assertThat(json.get(0).get("batch").asInt()).isEqualTo(4);
    // 0.3 GMACs a step hold fewer images of the larger model.
    assertThat(json.get(1).get("batch").asInt()).isBetween(1, 3);
    assertPlausible(json.get(1));
    assertThat(out.toString().lines())
        .hasSize(4)
        .element(2, as(STRING))
        .startsWith("| xcit_nano_12_p8_32 | 32x32 | 0.04");
    assertThat(err.toString()).contains("model 2 of 2: xcit_tiny_12_p8_32");
  }

  @Test
  void answersModelsThatAreNotThereWithTwo() {
    assertThat(commandLine().execute("models", "vgg")).isEqualTo(2);
    assertThat(err.toString())
        .contains("error: no model's name contains one of [vgg]; RobustInspect models lists all");
  }

  @Test
  void timesIterationsOfTwoWorkersOnSpark() throws Exception {
    assertThat(execute("--distributed", "--executors=2", "--json=-")).as(err.toString()).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("engine").asText()).isEqualTo("bigdl");
    assertThat(json.get("executors").asInt()).isEqualTo(2);
    assertThat(json.get("micro_batch").asInt()).isEqualTo(2);
    assertThat(json.get("overhead_seconds").get("median").asDouble()).isPositive();
    assertPlausible(json);
  }

  private static void assertPlausible(JsonNode json) {
    assertThat(json.get("images_per_s").get("min").asDouble()).isPositive();
    assertThat(json.get("sgemm_gflops").get("before").get("median").asDouble()).isPositive();
    assertThat(json.get("sgemm_ratio").asDouble()).isBetween(1e-6, 1.0);
    assertThat(json.get("peak_rss_bytes").asLong()).isGreaterThan(100L << 20);
    double sum = 0;
    for (JsonNode share : json.get("shares")) {
      assertThat(share.asDouble()).isBetween(0.0, 1.0);
      sum += share.asDouble();
    }
    assertThat(sum).isCloseTo(1, within(1e-9));
  }

  @ParameterizedTest
  @CsvSource({
    "--batch=0,'--batch must be at least 1, not 0'",
    "--steps=0,'--steps must be at least 1, not 0'",
    "--warmup=-1,'--warmup must be at least 0, not -1'",
    "--threads=0,'--threads must be at least 1, not 0'",
    "--batch=many,'Invalid value for option ''--batch'''",
    "--executors=2,'--executors needs --distributed'",
    "--precision=tf32,'--precision: a CPU has no TF32'",
    "--precision=fp64,'--precision: a precision is one of fp32, tf32, bf16; found fp64'",
    "--device=tpu,'Invalid value for option ''--device'''",
    "--nope,'--nope'",
    "--model=xcit_smal_12_p16_224,'error: unknown model xcit_smal_12_p16_224; the nearest are'",
    "--img-size=30,'error: '",
    "--json=/nowhere/speed.json,'error: --json /nowhere/speed.json: cannot write there'",
  })
  void answersWrongUsageWithTwoBeforeAnythingRuns(String argument, String message) {
    assertThat(execute(argument)).isEqualTo(2);
    assertThat(err.toString()).contains(message).doesNotContain("\tat ");
    assertThat(out.toString()).isEmpty();
    assertThat(progress.size()).isZero();
  }

  @Test
  void answersABatchThatExecutorsCannotShareWithTwo() {
    assertThat(execute("--distributed", "--executors=2", "--batch=5")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "error: 2 executors cannot share a batch of 5 equally: choose a multiple"
                + System.lineSeparator());
  }

  @Test
  void answersAProfileOfExecutorsWithTwo() {
    assertThat(execute("--profile", "--distributed")).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "--profile records a step in this process: leave out one of it and --distributed");
  }

  @Test
  void helpDefinesEveryFigure() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString())
        .contains("images/s", "GFLOP/s", "sgemm", "ratio", "exchange", "overhead", "peak RSS")
        .contains("between operations", "MB moved", "allocs")
        .contains("--micro-batch", "Exit codes: 0 done");
  }

  /** Later options win over the tiny model's. */
  private int execute(String... args) {
    return commandLine().execute(SpeedCommandLine.over(TINY, args).toArray(String[]::new));
  }

  private CommandLine commandLine() {
    SparkConf spark =
        new SparkConf(false).set("spark.master", "local[2]").set("spark.ui.enabled", "false");
    CommandLine line =
        SpeedCommand.commandLine(
            new SpeedLauncher(
                spark,
                ProgressDisplay.lines(
                    new PrintStream(progress, true, UTF_8), Clock.systemUTC(), Duration.ZERO)));
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return line;
  }
}
