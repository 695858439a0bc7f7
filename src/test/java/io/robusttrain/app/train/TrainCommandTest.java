package io.robusttrain.app.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.config.RunConfig;
import io.robusttrain.data.DataException;
import io.robusttrain.storage.OddFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TrainCommandTest {
  @TempDir(factory = OddFolder.class)
  Path dir;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final AtomicReference<RunConfig> config = new AtomicReference<>();
  private final AtomicReference<TrainRunner.Mode> mode = new AtomicReference<>();
  private final List<List<String>> children = new ArrayList<>();
  private TrainRunner runner =
      (options, how) -> {
        config.set(options.load());
        mode.set(how);
      };

  @Test
  void mergesFilesOverridesAndRunId() throws Exception {
    Path base = Files.writeString(dir.resolve("base.conf"), "run.seed = 1, train.epochs = 20");
    Path more = Files.writeString(dir.resolve("more.conf"), "run.seed = 2");
    int code =
        execute(
            "--config",
            base.toString(),
            "attack.eps=8/255",
            "--config",
            more.toString(),
            "--run-id",
            "try-2",
            "data.path=hdfs://host/a");
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    assertThat(config.get().run().seed()).isEqualTo(2);
    assertThat(config.get().run().id().get()).isEqualTo("try-2");
    assertThat(config.get().train().epochs()).isEqualTo(20);
    assertThat(config.get().attack().writtenEpsilon()).isEqualTo(8 / 255.0);
    assertThat(config.get().data().path()).isEqualTo("hdfs://host/a");
    assertThat(mode.get()).isEqualTo(TrainRunner.Mode.TRAIN);
  }

  @Test
  void passesOnTheDryRun() {
    assertThat(execute("--dry-run", "run.seed=1")).isZero();
    assertThat(mode.get()).isEqualTo(TrainRunner.Mode.DRY_RUN);
  }

  @Test
  void theRunsOfASweepGetItsDebugOption() throws Exception {
    Files.writeString(dir.resolve("base.conf"), "run.dir = \"" + dir + "/runs\"");
    Path sweep =
        Files.writeString(dir.resolve("two.conf"), "base = base.conf, grid { run.seed = [1, 2] }");
    assertThat(execute("--sweep", sweep.toString(), "--debug")).isZero();
    assertThat(children)
        .containsExactly(
            List.of("--sweep", sweep.toString(), "--debug"), child("--debug", 1),
            List.of("--sweep", sweep.toString(), "--debug"), child("--debug", 2));
    children.clear();
    assertThat(execute("--sweep", sweep.toString(), "run.dir=" + dir + "/quiet")).isZero();
    assertThat(children.get(1)).contains("--config").doesNotContain("--debug");
    assertThat(err.toString()).isEmpty();
  }

  private List<String> child(String option, int seed) {
    return List.of(
        option,
        "--config",
        dir.resolve("base.conf").toString(),
        "run.seed=" + seed,
        "run.dir=" + dir + "/runs/two",
        "run.id=seed-" + seed);
  }

  @Test
  void answersWrongConfigurationWithTwo() {
    assertThat(execute("attack.epsilon=1", "train.epochs=0", "--config", "no.conf")).isEqualTo(2);
    assertThat(config.get()).isNull();
    assertThat(err.toString())
        .startsWith("error: 3 problems in the configuration:")
        .contains("no.conf: no such configuration file", "did you mean attack.eps?", "train.epochs")
        .doesNotContain("\tat ");
  }

  @Test
  void answersWrongUsageWithTwo() {
    assertThat(execute("--dry-runn", "run.seed=1")).isEqualTo(2);
    assertThat(err.toString()).contains("--dry-runn");
    assertThat(execute()).isEqualTo(2);
    assertThat(err.toString()).contains("Name a configuration with --config FILE");
  }

  @Test
  void mapsTheRunnersFailures() {
    runner =
        (run, how) -> {
          throw new DataException("data/x has no split train");
        };
    assertThat(execute("run.seed=1")).isEqualTo(3);
    assertThat(err.toString())
        .isEqualTo("error: data/x has no split train" + System.lineSeparator());
    runner =
        (run, how) -> {
          throw new UnsatisfiedLinkError("no jnitorch");
        };
    assertThat(execute("run.seed=1", "--debug")).isEqualTo(1);
    assertThat(err.toString()).contains("\tat ", "error: UnsatisfiedLinkError: no jnitorch");
  }

  @Test
  void helpShowsExamplesAndWhereTheKeysAre() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString())
        .contains("--config", "--dry-run", "--run-id", "--debug", "conf/quickstart.conf")
        .contains("reference.conf", "attack.eps=8/255", "Exit codes: 0 done")
        .containsPattern("with\\s+--sweep,\\s+only\\s+the\\s+configurations\\s+are\\s+checked");
    assertThat(execute("--version")).isZero();
    assertThat(out.toString()).contains("RobustTrain ");
    assertThat(execute("--keys")).isZero();
    assertThat(out.toString()).contains("# Radius, pixels being in [0,1]", "attack {");
    assertThat(config.get()).isNull();
  }

  private int execute(String... args) {
    CommandLine line =
        TrainCommand.commandLine(
            runner,
            own ->
                further -> {
                  children.add(own);
                  children.add(further);
                  return 0;
                });
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return line.execute(args);
  }
}
