package io.robusttrain.app.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.app.ExitCode;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.MetricsCut;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sweeps whose runs are played by the test: each leaves the metrics of an epoch. */
@Tag("slow")
class SweepLauncherTest {
  @TempDir(factory = OddFolder.class)
  private Path folder;

  private final List<String> started = new ArrayList<>();
  private final Map<String, Integer> codes = new HashMap<>();
  private StringWriter out = new StringWriter();
  private Path file;

  @BeforeEach
  void write() throws IOException {
    Files.writeString(
        folder.resolve("base.conf"), "attack.eps = 8/255, run.dir = \"" + folder + "/runs\"");
    file =
        Files.writeString(
            folder.resolve("decay.conf"),
            "base = base.conf, grid { optim.weight-decay = [0.05, 0.5, 1] }");
  }

  @Test
  void runsOneAfterAnotherAndTabulates() throws Exception {
    assertThat(sweep()).isEqualTo(ExitCode.DONE);
    assertThat(started).containsExactly("weight-decay-0.05", "weight-decay-0.5", "weight-decay-1");
    String table = Files.readString(folder.resolve("runs/decay/sweep.txt"));
    assertThat(table)
        .isEqualTo(
            """
            run                optim.weight-decay  clean    robust   best epoch  seconds  status
            weight-decay-1     1                   51.00 %  31.00 %  1           8        done
            weight-decay-0.5   0.5                 50.50 %  30.50 %  1           8        done
            weight-decay-0.05  0.05                50.05 %  30.05 %  1           8        done
            """);
    assertThat(out.toString()).endsWith(table);
    JsonNode json = new ObjectMapper().readTree(folder.resolve("runs/decay/sweep.json").toFile());
    assertThat(json.path("ablated").path(0).asText()).isEqualTo("optim.weight-decay");
    assertThat(json.path("runs").path(0).path("robust_top1").asDouble()).isEqualTo(0.31);
    assertThat(json.path("runs").path(0).path("overrides").path("optim.weight-decay").asText())
        .isEqualTo("1");
  }

  @Test
  void whatIsFinishedIsNotRepeatedAndWhatIsNotGoesOn() throws Exception {
    codes.put("weight-decay-0.05", ExitCode.GUARD.number());
    codes.put("weight-decay-0.5", ExitCode.FAILED.number());
    assertThat(sweep()).isEqualTo(ExitCode.FAILED);
    assertThat(started).hasSize(3);
    assertThat(Files.readString(folder.resolve("runs/decay/sweep.txt")))
        .contains("stopped", "failed", "done");
    started.clear();
    codes.clear();
    out = new StringWriter();
    assertThat(sweep()).as("a stopped run stays stopped").isEqualTo(ExitCode.FAILED);
    assertThat(started).containsExactly("weight-decay-0.5");
    assertThat(out.toString()).contains("run 2 of 3: weight-decay-0.5");
  }

  @Test
  void anInterruptedSweepGoesOnWithTheRunThatItWasIn() throws Exception {
    codes.put("weight-decay-0.5", -1);
    assertThatThrownBy(this::sweep).isInstanceOf(InterruptedException.class);
    assertThat(Files.readString(folder.resolve("runs/decay/sweep.txt")))
        .contains("done", "running", "pending");
    codes.clear();
    started.clear();
    assertThat(sweep()).isEqualTo(ExitCode.DONE);
    assertThat(started).containsExactly("weight-decay-0.5", "weight-decay-1");
  }

  @Test
  void anotherConfigurationIsNotTakenForTheSameRun() throws Exception {
    sweep();
    Files.writeString(
        folder.resolve("base.conf"), "attack.eps = 4/255, run.dir = \"" + folder + "/runs\"");
    assertThatThrownBy(this::sweep)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("weight-decay-0.05: finished with another configuration");
    try (var runs = Files.walk(folder.resolve("runs/decay/weight-decay-0.05"))) {
      runs.sorted(java.util.Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
    assertThatThrownBy(this::sweep)
        .hasMessageContaining("weight-decay-0.5: finished")
        .hasMessageContaining("weight-decay-1: finished");
  }

  @Test
  void anUnfinishedRunDoesNotGoOnWithAnotherConfiguration() throws Exception {
    codes.put("weight-decay-0.05", ExitCode.FAILED.number());
    codes.put("weight-decay-0.5", -1);
    assertThatThrownBy(this::sweep).isInstanceOf(InterruptedException.class);
    started.clear();
    assertThatThrownBy(() -> sweep("train.epochs=30"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("weight-decay-0.05: began with another configuration")
        .hasMessageContaining("weight-decay-0.5: began with another configuration")
        .hasMessageNotContaining("weight-decay-1:");
    assertThat(started).isEmpty();
    codes.clear();
    assertThat(sweep()).isEqualTo(ExitCode.DONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "distribution.executors=3",
        "distribution.replicas=core",
        "distribution.threads=2",
        "report.html=false",
        "checkpoint.keep=7",
        "data.prefetch-steps=5",
        "data.decode-threads=3",
        "data.cache-memory=2 GB"
      })
  void whatCannotChangeTheResultMayChange(String override) throws Exception {
    codes.put("weight-decay-0.5", ExitCode.FAILED.number());
    assertThat(sweep("data.shuffle=full")).isEqualTo(ExitCode.FAILED);
    codes.clear();
    assertThat(sweep("data.shuffle=full", override)).isEqualTo(ExitCode.DONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "distribution.compression=fp16",
        "checkpoint.every=2",
        "data.cache-memory=2 GB",
        "data.last-batch=drop"
      })
  void whatIsBesideItMayNot(String override) throws Exception {
    assertThat(sweep()).isEqualTo(ExitCode.DONE);
    assertThatThrownBy(() -> sweep(override)).hasMessageContaining("another configuration");
  }

  @Test
  void theFiguresOfUnfinishedRunsStayInTheTable() throws Exception {
    codes.put("weight-decay-0.05", ExitCode.FAILED.number());
    codes.put("weight-decay-1", ExitCode.FAILED.number());
    sweep();
    codes.put("weight-decay-0.05", -1);
    assertThatThrownBy(this::sweep).isInstanceOf(InterruptedException.class);
    assertThat(Files.readString(folder.resolve("runs/decay/sweep.txt")))
        .isEqualTo(
            """
            run                optim.weight-decay  clean    robust   best epoch  seconds  status
            weight-decay-1     1                   51.00 %  31.00 %  1           8        failed
            weight-decay-0.5   0.5                 50.50 %  30.50 %  1           8        done
            weight-decay-0.05  0.05                50.05 %  30.05 %  1           8        running
            """);
    out = new StringWriter();
    launcher().list(file, List.of());
    assertThat(out.toString()).contains("50.05 %  30.05 %  1           8        running");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "optim.weight-decay=0.3",
        " optim.weight-decay = 0.3",
        "optim.\"weight-decay\"=0.3",
        "optim={weight-decay=0.3}",
        "optim.weight-decay.x=0.3"
      })
  void anOverrideOfWhatTheRunsDifferInIsRefused(String override) {
    assertThatThrownBy(() -> sweep("train.epochs=30", override))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("1 problem")
        .hasMessageContaining("command line: " + override.split("=", 2)[0].strip() + ": ")
        .hasMessageContaining("optim.weight-decay, which sweep decay changes run by run")
        .hasMessageContaining("leave it out, or change the sweep file");
    assertThat(started).isEmpty();
    assertThat(folder.resolve("runs")).doesNotExist();
  }

  @Test
  void otherOverridesHoldForAllRuns() throws Exception {
    assertThat(sweep("optim.lr=1e-3", "train.epochs=30")).isEqualTo(ExitCode.DONE);
    assertThatThrownBy(() -> sweep("optim.weight-decays=3"))
        .hasMessageContaining("did you mean optim.weight-decay?");
    assertThatThrownBy(() -> sweep("train.epochs"))
        .hasMessageContaining("expected key=value such as");
  }

  @Test
  void aDryRunListsAndStartsNothing() throws Exception {
    launcher().list(file, List.of("run.seed=3"));
    assertThat(started).isEmpty();
    assertThat(folder.resolve("runs")).doesNotExist();
    assertThat(out.toString()).contains("weight-decay-0.5   0.5", "pending");
  }

  @Test
  void theFolderMayHaveAnyName() throws Exception {
    launcher().list(file, List.of("run.dir=\"[x]/{a,b}\""));
    assertThat(out.toString()).contains("[x]/{a,b}/decay, 3 runs");
  }

  @Test
  void allProblemsOfAllRunsAreReportedBeforeAnythingStarts() throws Exception {
    Files.writeString(
        file,
        "base = base.conf, grid { optim.weight-decay = [0.05, -1] }, overrides { train.epoch = 3"
            + " }");
    assertThatThrownBy(this::sweep)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("run weight-decay-0.05: command line: train.epoch: unknown key")
        .hasMessageContaining("run weight-decay--1: command line: optim.weight-decay: -1");
    assertThat(started).isEmpty();
    assertThatThrownBy(() -> launcher().run(file, List.of("run.id=a")))
        .hasMessageContaining("a sweep names its runs itself");
  }

  @Test
  void aRunIsThisCommandLineWithOtherArguments() throws Exception {
    List<String> own = List.of("java", "-Xmx1g", "SparkSubmit", "app.jar", "--sweep", "a.conf", "");
    assertThat(ChildProcess.command(own, List.of("--sweep", "a.conf")))
        .containsExactly("java", "-Xmx1g", "SparkSubmit", "app.jar");
    assertThatThrownBy(() -> ChildProcess.command(own, List.of("--sweep", "b.conf")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--deploy-mode client");
    assertThatThrownBy(() -> ChildProcess.like(List.of("no", "such", "arguments")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** A run saves its step within its grace; the launcher waits for the sweep, then kills it. */
  @Test
  void aRunIsGoneBeforeTheSweepIsKilled() throws Exception {
    Matcher patience =
        Pattern.compile("ROBUSTTRAIN_STOP_SECONDS:-(\\d+)")
            .matcher(Files.readString(Path.of("spark-submit/standalone.sh")));
    assertThat(patience.find()).isTrue();
    assertThat(ChildProcess.FAREWELL_SECONDS)
        .isLessThan(Long.parseLong(patience.group(1)))
        .isGreaterThan(ConfigLoader.load(List.of(), List.of()).recovery().grace().toSeconds());
  }

  private ExitCode sweep(String... overrides) throws IOException, InterruptedException {
    return launcher().run(file, List.of(overrides));
  }

  private SweepLauncher launcher() {
    return new SweepLauncher(this::play, new Configuration(), new PrintWriter(out));
  }

  /** Leaves what a run leaves; code -1 stands for a signal. */
  private int play(List<String> arguments) throws IOException, InterruptedException {
    List<Path> files = new ArrayList<>();
    List<String> overrides = new ArrayList<>(arguments);
    while (overrides.remove("--config")) {
      files.add(Path.of(overrides.remove(0)));
    }
    RunConfig config = ConfigLoader.load(files, overrides);
    String id = config.run().id().get();
    started.add(id);
    Path run = Files.createDirectories(Path.of(config.run().dir(), id));
    double gain = config.optim().weightDecay() / 100;
    try (MetricsLog log =
        MetricsLog.open(
            FileSystem.getLocal(new Configuration()).getRawFileSystem(),
            new org.apache.hadoop.fs.Path(run.resolve("metrics.jsonl").toUri()),
            Fence.none(),
            MetricsCut.START)) {
      log.epoch(new EpochMetrics(0, 1, 0.5 + gain, 0.3 + gain, 5, 100, Map.of(), 0));
      log.epoch(new EpochMetrics(1, 1, 0.6, 0.2, 3, 100, Map.of(), 0));
    }
    int code = codes.getOrDefault(id, 0);
    if (code < 0) {
      throw new InterruptedException("stopped");
    }
    return code;
  }
}
