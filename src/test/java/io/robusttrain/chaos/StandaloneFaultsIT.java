package io.robusttrain.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.chaos.JvmProcess.Role;
import io.robusttrain.waiting.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A machine of a standalone cluster dies with its worker daemon and its executor while a run
 * trains, and another machine joins: the run ends with the model of an undisturbed one.
 */
class StandaloneFaultsIT {
  private static final int EPOCHS = 3;
  private static final int STEPS_BEFORE = 20;
  private static final double SAME = 1e-5;
  private static final Duration LONGEST_STALL = Duration.ofMinutes(2);

  @TempDir private static Path folder;

  @Test
  void aWorkerDiesAndAnotherOneJoins() throws Exception {
    TinyTask task = TinyTask.in(folder);
    MetricsTail first = new MetricsTail(task.run("undisturbed").resolve("metrics.jsonl"));
    assertThat(
            DisturbedRun.undisturbed(
                    () -> task.onTwoExecutors("undisturbed", EPOCHS, List.of()), first)
                .run(Waiting.LONGEST)
                .code())
        .isZero();
    MetricsTail tail = new MetricsTail(task.run("replaced").resolve("metrics.jsonl"));
    try (LiveRun run = task.onTwoExecutors("replaced", EPOCHS, List.of())) {
      Waiting.until("step " + STEPS_BEFORE, run, () -> further(tail) >= STEPS_BEFORE);
      replaceAWorker(run);
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
    assertThat(Comparison.of(task.run("undisturbed"), task.run("replaced")).largest())
        .isLessThanOrEqualTo(SAME);
  }

  /** How many steps are done by now. */
  private static long further(MetricsTail tail) throws IOException {
    tail.poll();
    return tail.step() + 1;
  }

  /** Kills a worker and the executor that is its child, and starts a worker of the same kind. */
  private static void replaceAWorker(LiveRun run) throws Exception {
    JvmProcess worker = run.processes(Role.WORKER).get(0);
    List<String> command = new ArrayList<>(JvmProcess.arguments(worker.pid()));
    Map<String, String> environment = JvmProcess.environment(worker.pid());
    List<JvmProcess> executors = new ArrayList<>();
    for (JvmProcess executor : run.processes(Role.EXECUTOR)) {
      if (executor.parent() == worker.pid()) {
        executors.add(executor);
      }
    }
    assertThat(executors).hasSize(1);
    worker.signal("KILL");
    executors.get(0).signal("KILL");
    int workFolder = command.indexOf("--work-dir") + 1;
    command.set(workFolder, command.get(workFolder) + "-new");
    run.startAgain(command, environment, folder.resolve("new-worker.log"));
  }
}
