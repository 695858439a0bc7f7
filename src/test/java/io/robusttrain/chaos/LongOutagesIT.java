package io.robusttrain.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.chaos.JvmProcess.Role;
import io.robusttrain.waiting.Waiting;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What takes minutes with the settings that a run has by itself: an executor that is frozen for
 * longer than the run waits for it, and a machine that comes back when the run has gone on without
 * it.
 */
@Tag("minutes")
class LongOutagesIT {
  private static final int EPOCHS = 8;
  private static final Duration FROZEN = Duration.ofMinutes(5);
  private static final Duration LONGEST_STALL = Duration.ofMinutes(2);

  /** Beside other work, starting processes alone may take more than a minute. */
  private static final Duration LONGEST_STALL_WHEN_BUSY = Duration.ofMinutes(5);

  @TempDir private static Path folder;
  private static TinyTask task;
  private static Duration longestStall;

  @BeforeAll
  static void trainUndisturbed() throws Exception {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    boolean quiet = load <= Runtime.getRuntime().availableProcessors();
    longestStall = quiet ? LONGEST_STALL : LONGEST_STALL_WHEN_BUSY;
    task = TinyTask.in(folder);
    try (LiveRun run = task.onTwoExecutors("undisturbed", EPOCHS, List.of())) {
      assertThat(run.await()).as(run.text()).isZero();
    }
  }

  @Test
  void anExecutorThatIsFrozenForFiveMinutesIsReplaced() throws Exception {
    MetricsTail tail = tail("frozen");
    try (LiveRun run = task.onTwoExecutors("frozen", EPOCHS, List.of())) {
      Waiting.until("step 20", run, () -> further(tail) >= 20);
      JvmProcess frozen = run.processes(Role.EXECUTOR).get(0);
      frozen.signal("STOP");
      long since = System.nanoTime();
      Waiting.until(
          "the executor to be ended, or five minutes",
          () -> {
            tail.poll();
            return !frozen.alive() || System.nanoTime() - since > FROZEN.toNanos();
          });
      frozen.signal("CONT");
      awaitEnd(run, tail);
      System.out.printf(
          "frozen executor: longest stall %.1f s, %d steps lost%n",
          tail.longestStall().toMillis() / 1e3, tail.stepsLost());
      assertThat(tail.longestStall()).as(run.text()).isLessThan(longestStall);
      assertThat(run.text()).contains("(recovered)");
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run("frozen")).largest()).isZero();
  }

  @Test
  void aRunThatShrankGrowsWhenTheMachineIsBack() throws Exception {
    MetricsTail tail = tail("grown");
    List<String> settings = List.of("checkpoint.every-steps=5", "recovery.wait=1 second");
    try (LiveRun run = task.onTwoExecutors("grown", EPOCHS, settings)) {
      Waiting.until("step 7", run, () -> further(tail) >= 7);
      LostMachine machine = LostMachine.of(run);
      Waiting.until("recovery", run, () -> run.text().contains("on 1 executor"));
      machine.isReplacedIn(run, folder.resolve("new-worker.log"));
      awaitEnd(run, tail);
      assertThat(run.text())
          .containsPattern("executors joined \\(recovered\\).*, 0 steps, .* on 2 executors");
      assertThat(tail.longestStall()).as(run.text()).isLessThan(longestStall);
    }
    assertThat(Comparison.of(task.run("undisturbed"), task.run("grown")).largest()).isZero();
  }

  private static void awaitEnd(LiveRun run, MetricsTail tail) throws Exception {
    Waiting.until(
        "end of the run",
        () -> {
          tail.poll();
          return run.ended();
        });
    tail.poll();
    assertThat(run.await()).as(run.text()).isZero();
  }

  private static MetricsTail tail(String id) {
    return new MetricsTail(task.run(id).resolve("metrics.jsonl"));
  }

  private static long further(MetricsTail tail) throws IOException {
    tail.poll();
    return tail.step();
  }
}
