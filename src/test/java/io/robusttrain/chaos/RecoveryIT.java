package io.robusttrain.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.chaos.JvmProcess.Role;
import io.robusttrain.waiting.Waiting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors and drivers of a real standalone cluster, killed and told to end. */
class RecoveryIT {
  private static final int EPOCHS = 3;
  private static final int TERMINATED = 128 + 15;
  private static final List<String> OFTEN = List.of("checkpoint.every-steps=5");

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
    try (LiveRun run = task.onTwoExecutors("executors", EPOCHS, OFTEN)) {
      awaitSteps(run, "executors", 7);
      signalExecutor(run, "KILL");
      Waiting.until("recovery", run, () -> run.text().contains("(recovered)"));
      awaitSteps(run, "executors", 20);
      signalExecutor(run, "TERM");
      assertThat(run.await()).as(run.text()).isZero();
      assertThat(run.text()).containsPattern("executor \\d on 127.0.0.1 was lost");
      assertThat(run.text()).containsPattern("was told to end; after step \\d+ .*, 0 steps,");
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run("executors")).largest()).isZero();
  }

  @Test
  void aDriverThatIsToldToEndSavesTheRunAndLeavesNothing() throws Exception {
    try (LiveRun run = task.onTwoExecutors("driver", EPOCHS, List.of())) {
      awaitSteps(run, "driver", 7);
      run.processes(Role.DRIVER).get(0).signal("TERM");
      assertThat(run.await()).as(run.text()).isEqualTo(TERMINATED);
      assertThat(run.text()).contains("submit the run id again to go on");
      for (Role role : Role.values()) {
        assertThat(run.processes(role)).isEmpty();
      }
    }
    try (LiveRun again = task.onTwoExecutors("driver", EPOCHS, List.of())) {
      assertThat(again.await()).as(again.text()).isZero();
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run("driver")).largest()).isZero();
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("hs_err")))
          .isEmpty();
    }
  }

  private static void signalExecutor(LiveRun run, String signal) throws Exception {
    run.processes(Role.EXECUTOR).get(0).signal(signal);
  }

  private static void awaitSteps(LiveRun run, String id, long steps) throws Exception {
    MetricsTail tail = new MetricsTail(task.run(id).resolve("metrics.jsonl"));
    Waiting.until(
        "step " + steps,
        run,
        () -> {
          tail.poll();
          return tail.step() >= steps;
        });
  }
}
