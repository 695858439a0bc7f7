package io.robusttrain.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.robusttrain.waiting.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Driver, master and two workers on hosts of their own, made of network namespaces: a host that
 * loses its network for a minute, and one whose every frame is late, end with the model of hosts
 * that nothing happened to.
 */
@Tag("minutes")
class SeveralHostsIT {
  private static final int EPOCHS = 2;
  private static final int CANNOT = 77;
  private static final List<String> COLLECTIVE = List.of("distribution.engine=collective");
  private static final double SAME = 1e-5;
  private static final Duration LONGEST_STALL = Duration.ofMinutes(2);

  @TempDir private static Path folder;
  private static TinyTask task;

  @BeforeAll
  static void trainUndisturbed() throws Exception {
    task = TinyTask.in(folder);
    train("undisturbed", List.of(), List.of());
  }

  @Test
  void goesOnAfterAHostWasCutOffForAMinute() throws Exception {
    cut("cut", List.of());
  }

  /** Workers' own connections are cut, too, which neither end can tell from a slow step. */
  @Test
  void theCollectiveEngineGoesOnAfterAHostWasCutOffForAMinute() throws Exception {
    cut("cut-collective", COLLECTIVE);
  }

  private static void cut(String id, List<String> settings) throws Exception {
    Path metrics = task.run(id).resolve("metrics.jsonl");
    String text =
        train(
            id,
            settings,
            List.of(
                "--cut",
                "worker-2",
                "--at-step",
                "20",
                "--seconds",
                "60",
                "--metrics",
                metrics.toString()));
    assertThat(text).contains("worker-2 cut off after", "worker-2 back on the network");
    assertThat(Comparison.of(task.run("undisturbed"), task.run(id)).largest())
        .as("difference from the undisturbed run: %s", text)
        .isLessThanOrEqualTo(SAME);
  }

  @Test
  void waitsForASlowHost() throws Exception {
    slow("slow", List.of());
    assertThat(Comparison.of(task.run("undisturbed"), task.run("slow")).equal()).isTrue();
  }

  @Test
  void theCollectiveEngineWaitsForASlowHost() throws Exception {
    slow("slow-collective", COLLECTIVE);
    assertThat(Comparison.of(task.run("undisturbed"), task.run("slow-collective")).largest())
        .isLessThanOrEqualTo(SAME);
  }

  private static void slow(String id, List<String> settings) throws Exception {
    String text = train(id, settings, List.of("--slow", "worker-2", "--by", "200"));
    assertThat(text).contains("what it sends by 200 ms");
  }

  private static String train(String id, List<String> settings, List<String> options)
      throws Exception {
    MetricsTail tail = new MetricsTail(task.run(id).resolve("metrics.jsonl"));
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(task.training(id, EPOCHS, settings));
    DisturbedRun.Outcome outcome =
        DisturbedRun.undisturbed(
                () -> LiveRun.start(task.folder(), "src/test/scripts/several-hosts.sh", arguments),
                tail)
            .run(Waiting.LONGEST);
    assumeTrue(outcome.code() != CANNOT, outcome.text());
    assertThat(outcome.code()).as(outcome.text()).isZero();
    assertThat(outcome.longestStall()).as(outcome.text()).isLessThan(LONGEST_STALL);
    return outcome.text();
  }
}
