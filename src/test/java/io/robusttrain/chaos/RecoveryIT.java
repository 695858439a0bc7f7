package io.robusttrain.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.chaos.JvmProcess.Role;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.waiting.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors, drivers and whole machines of a real standalone cluster, killed and told to end: each
 * run ends with the model of an undisturbed one.
 */
class RecoveryIT {
  private static final int EPOCHS = 2;
  private static final int TERMINATED = 128 + 15;
  private static final int KILLED = 128 + 9;

  /** What a run has saved while the validation of its first epoch goes on. */
  private static final String BEFORE_VALIDATION =
      "epoch-0000-step-%09d".formatted(TinyTask.STEPS_PER_EPOCH);

  /** BigDL rounds a loss to a float before it tells the driver; the other engine does not. */
  private static final double LOSS_IN_FLOAT = Rounding.UNIT;

  private static final List<String> OFTEN = List.of("checkpoint.every-steps=5");

  /** Some ten seconds of attack on an image batch: whatever the machine, a signal comes in it. */
  private static final List<String> LONG_VALIDATIONS =
      List.of("validation.steps=1000", "validation.batch=8");

  /** Seconds where a run has minutes: silence is noticed within 25 s. */
  private static final List<String> SOON_SILENT =
      List.of("--conf", "spark.network.timeout=20s", "--conf", "spark.network.timeoutInterval=5s");

  /** Far above what a recovery takes beside other work, below any limit for a hanging task. */
  private static final Duration LONGEST_STALL = Duration.ofMinutes(5);

  @TempDir private static Path folder;
  private static TinyTask task;

  @BeforeAll
  static void trainUndisturbed() throws Exception {
    task = TinyTask.in(folder);
    try (LiveRun run = task.onTwoExecutors("undisturbed", EPOCHS, OFTEN)) {
      assertThat(run.await()).as(run.text()).isZero();
    }
  }

  @Test
  void killedAndToldToEndExecutorsChangeNothing() throws Exception {
    killsAndEnds("executors", OFTEN, 0);
  }

  /** Two micro-batches a step: their sum is the same in either order, so both engines agree. */
  @Test
  @Tag("minutes")
  void killedAndToldToEndExecutorsOfTheCollectiveEngineChangeNothing() throws Exception {
    killsAndEnds("collective", collective(OFTEN), LOSS_IN_FLOAT);
  }

  private static List<String> collective(List<String> settings) {
    List<String> all = new ArrayList<>(settings);
    all.add("distribution.engine=collective");
    return all;
  }

  private static void killsAndEnds(String id, List<String> settings, double most) throws Exception {
    try (LiveRun run = task.onTwoExecutors(id, EPOCHS, settings)) {
      awaitSteps(run, id, 7);
      signalExecutor(run, "KILL");
      Waiting.until("recovery", run, () -> run.text().contains("(recovered)"));
      awaitSteps(run, id, 14);
      signalExecutor(run, "TERM");
      assertThat(run.await()).as(run.text()).isZero();
      assertThat(run.text()).containsPattern("executor \\d on 127.0.0.1 was lost");
      assertThat(run.text()).containsPattern("was told to end; after step \\d+ .*, 0 steps,");
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run(id)).largest())
        .isLessThanOrEqualTo(most);
  }

  @Test
  void aDriverThatIsToldToEndSavesTheRunAndLeavesNothing() throws Exception {
    endDriver("driver", List.of(), 0);
  }

  @Test
  @Tag("minutes")
  void aDriverOfTheCollectiveEngineThatIsToldToEndSavesTheRunAndLeavesNothing() throws Exception {
    endDriver("driver-collective", collective(List.of()), LOSS_IN_FLOAT);
  }

  private static void endDriver(String id, List<String> settings, double most) throws Exception {
    try (LiveRun run = task.onTwoExecutors(id, EPOCHS, settings)) {
      awaitSteps(run, id, 7);
      run.processes(Role.DRIVER).get(0).signal("TERM");
      assertThat(run.await()).as(run.text()).isEqualTo(TERMINATED);
      assertThat(run.text()).contains("submit the run id again to go on");
      for (Role role : Role.values()) {
        assertThat(run.processes(role)).isEmpty();
      }
    }
    try (LiveRun again = task.onTwoExecutors(id, EPOCHS, settings)) {
      assertThat(again.await()).as(again.text()).isZero();
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run(id)).largest())
        .isLessThanOrEqualTo(most);
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("hs_err")))
          .isEmpty();
    }
  }

  /** A driver that is killed tells nobody. Executors end all the same, with all that they hold. */
  @Test
  @Tag("minutes")
  void executorsOfTheCollectiveEngineEndWithADriverThatIsKilled() throws Exception {
    try (LiveRun run = task.onTwoExecutors("killed-driver", EPOCHS, collective(OFTEN))) {
      awaitSteps(run, "killed-driver", 7);
      List<JvmProcess> executors = run.processes(Role.EXECUTOR);
      assertThat(executors).hasSize(2);
      run.processes(Role.DRIVER).get(0).signal("KILL");
      Waiting.until(
          "end of the executors",
          () -> {
            for (JvmProcess executor : executors) {
              if (executor.alive()) {
                return false;
              }
            }
            return true;
          });
      assertThat(run.await()).as(run.text()).isEqualTo(KILLED);
      for (Role role : Role.values()) {
        assertThat(run.processes(role)).isEmpty();
      }
    }
    try (LiveRun again = task.onTwoExecutors("killed-driver", EPOCHS, collective(OFTEN))) {
      assertThat(again.await()).as(again.text()).isZero();
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run("killed-driver")).largest())
        .isLessThanOrEqualTo(LOSS_IN_FLOAT);
  }

  @Test
  void aMachineDiesAndAnotherOneJoins() throws Exception {
    replaceMachine("replaced", List.of(), 0);
  }

  @Test
  @Tag("minutes")
  void aMachineOfTheCollectiveEngineDiesAndAnotherOneJoins() throws Exception {
    replaceMachine("replaced-collective", collective(List.of()), LOSS_IN_FLOAT);
  }

  private static void replaceMachine(String id, List<String> settings, double most)
      throws Exception {
    MetricsTail tail = tail(id);
    try (LiveRun run = task.onTwoExecutors(id, EPOCHS, settings)) {
      Waiting.until("step 7", run, () -> further(tail) >= 7);
      LostMachine.of(run).isReplacedIn(run, folder.resolve(id + "-new-worker.log"));
      Waiting.until(
          "end of the run",
          () -> {
            tail.poll();
            return run.ended();
          });
      tail.poll();
      assertThat(run.await()).as(run.text()).isZero();
      assertThat(tail.longestStall()).as(run.text()).isLessThan(LONGEST_STALL);
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run(id)).largest())
        .as("two micro-batches a step: their sum is the same in either order")
        .isLessThanOrEqualTo(most);
  }

  @Test
  @Tag("minutes")
  void anExecutorThatIsToldToEndInAValidationCostsNoStep() throws Exception {
    endInValidation("validating", LONG_VALIDATIONS, 0);
  }

  @Test
  @Tag("minutes")
  void anExecutorOfTheCollectiveEngineThatIsToldToEndInAValidationCostsNoStep() throws Exception {
    endInValidation("validating-collective", collective(LONG_VALIDATIONS), LOSS_IN_FLOAT);
  }

  private static void endInValidation(String id, List<String> settings, double most)
      throws Exception {
    try (LiveRun run = task.onTwoExecutors(id, EPOCHS, settings)) {
      Path before = task.run(id).resolve("checkpoints").resolve(BEFORE_VALIDATION);
      Waiting.until("validation", run, () -> Files.exists(before));
      signalExecutor(run, "TERM");
      assertThat(run.await()).as(run.text()).isZero();
      assertThat(run.text())
          .containsPattern(
              "was told to end; after step %d .*, 0 steps,".formatted(TinyTask.STEPS_PER_EPOCH));
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run(id)).largest())
        .isLessThanOrEqualTo(most);
  }

  @Test
  @Tag("minutes")
  void aFrozenExecutorIsGivenUpAndChangesNothingWhenItWakes() throws Exception {
    freeze("frozen", OFTEN, 0);
  }

  @Test
  @Tag("minutes")
  void aFrozenExecutorOfTheCollectiveEngineIsGivenUp() throws Exception {
    freeze("frozen-collective", collective(OFTEN), LOSS_IN_FLOAT);
  }

  private static void freeze(String id, List<String> common, double most) throws Exception {
    List<String> settings = new ArrayList<>(common);
    settings.add("recovery.stall-timeout=10 seconds");
    try (LiveRun run = task.onExecutors(2, SOON_SILENT, task.training(id, EPOCHS, settings))) {
      awaitSteps(run, id, 7);
      JvmProcess frozen = run.processes(Role.EXECUTOR).get(0);
      frozen.signal("STOP");
      Waiting.until("recovery", run, () -> run.text().contains("(recovered)"));
      // By now Spark may have ended it; if not, it does what it was asked for before.
      frozen.signal("CONT");
      assertThat(run.await()).as(run.text()).isZero();
      assertThat(run.text())
          .containsPattern("(was lost|did not end within 10 s).* after step \\d+");
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run(id)).largest())
        .isLessThanOrEqualTo(most);
  }

  @Test
  @Tag("minutes")
  void aStepThatOutlastsTheGraceIsLeftAndDoneAgainOnFewerExecutors() throws Exception {
    outlastGrace("grace", OFTEN, 0);
  }

  @Test
  @Tag("minutes")
  void aStepOfTheCollectiveEngineThatOutlastsTheGraceIsLeft() throws Exception {
    outlastGrace("grace-collective", collective(OFTEN), LOSS_IN_FLOAT);
  }

  private static void outlastGrace(String id, List<String> common, double most) throws Exception {
    List<String> settings = new ArrayList<>(common);
    settings.add("recovery.grace=2 seconds");
    try (LiveRun run = task.onTwoExecutors(id, EPOCHS, settings)) {
      awaitSteps(run, id, 7);
      run.processes(Role.EXECUTOR).get(0).signal("STOP");
      run.processes(Role.DRIVER).get(0).signal("TERM");
      assertThat(run.await()).as(run.text()).isEqualTo(TERMINATED);
      assertThat(run.text())
          .containsPattern("stopped within step \\d+; submit the run id again to go on");
    }
    try (LiveRun fewer = task.onExecutors(1, List.of(), task.training(id, EPOCHS, settings))) {
      assertThat(fewer.await()).as(fewer.text()).isZero();
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run(id)).largest())
        .as("two micro-batches a step: their sum is the same on one executor")
        .isLessThanOrEqualTo(most);
  }

  private static void signalExecutor(LiveRun run, String signal) throws Exception {
    run.processes(Role.EXECUTOR).get(0).signal(signal);
  }

  private static void awaitSteps(LiveRun run, String id, long steps) throws Exception {
    MetricsTail tail = tail(id);
    Waiting.until("step " + steps, run, () -> further(tail) >= steps);
  }

  private static MetricsTail tail(String id) {
    return new MetricsTail(task.run(id).resolve("metrics.jsonl"));
  }

  /** The last step by now. */
  private static long further(MetricsTail tail) throws IOException {
    tail.poll();
    return tail.step();
  }
}
