package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run that lost executors takes others behind a checkpoint, and only where they are of use. */
@Tag("slow")
class GrowingRunTest {
  /** Two micro-batches a step: their sum is the same in either order, on one worker or on two. */
  private static final String TWO_LANES = "train.micro-batch=8";

  private static final String OFTEN = "checkpoint.every-steps=2";

  @TempDir private static Path folder;

  @BeforeAll
  static void trainUndisturbed() throws IOException {
    TinyRun.drawImages(folder);
    new TinyCluster(folder, 2, TWO_LANES, OFTEN).train("undisturbed");
  }

  @ParameterizedTest
  @CsvSource({"checkpoint.every-steps=2, 1, 4", "checkpoint.every=1, 3, 5"})
  void growsBehindTheNextCheckpointWithoutALostStepToTheSameModel(
      String checkpoints, double lost, double grownAt) throws IOException {
    TinyCluster cluster = new TinyCluster(folder, 2, TWO_LANES, checkpoints);
    AtomicBoolean down = new AtomicBoolean();
    cluster.afterStep(
        step -> {
          if (step == 3 && down.compareAndSet(false, true)) {
            cluster.lose();
          }
          // The other executor comes back as soon as the run goes on without it.
          cluster.have(2);
        });
    String id = "grown-" + (int) grownAt;
    cluster.train(id);

    assertThat(cluster.engines()).containsExactly(2, 1, 2);
    List<Alarm> alarms = cluster.metrics(id).alarms();
    assertThat(alarms)
        .extracting(Alarm::kind)
        .containsExactly(Alarm.Kind.EXECUTOR_LOST, Alarm.Kind.EXECUTORS_JOINED);
    assertThat(alarms.get(0).figures()).containsEntry("steps_lost", lost);
    assertThat(alarms.get(1).figures())
        .containsEntry("steps_lost", 0.0)
        .containsEntry("resumed_at", grownAt)
        .containsEntry("workers", 2.0);
    assertThat(cluster.screen())
        .contains(
            "more executors are there than the 1 that train after step %d; going on with them ..."
                .formatted((int) grownAt))
        .contains("step %d: executors joined (recovered)".formatted((int) grownAt));
    assertSameNumbers(cluster, id);
  }

  @Test
  void staysAsItIsWhereMoreExecutorsCannotShareTheMicroBatches() throws IOException {
    TinyCluster cluster = new TinyCluster(folder, 4, OFTEN);
    AtomicBoolean down = new AtomicBoolean();
    cluster.afterStep(
        step -> {
          if (step == 3 && down.compareAndSet(false, true)) {
            cluster.lose();
          }
        });
    cluster.train("three-of-four");
    assertThat(cluster.engines()).as("4 micro-batches, 3 executors").containsExactly(4, 2);
    assertThat(cluster.metrics("three-of-four").alarms())
        .extracting(Alarm::kind)
        .containsExactly(Alarm.Kind.EXECUTOR_LOST);
  }

  @Test
  void anExecutorThatComesAndGoesHoldsUpLessAndLess() throws IOException {
    TinyCluster cluster = new TinyCluster(folder, 2, TWO_LANES, "checkpoint.every-steps=1");
    AtomicInteger losses = new AtomicInteger();
    cluster.afterStep(
        step -> {
          if (cluster.engines().get(cluster.engines().size() - 1) == 2
              && losses.incrementAndGet() < 4) {
            cluster.lose();
          }
          cluster.have(2);
        });
    cluster.train("flapping");
    // Lost in the first step; then grown after 1 checkpoint, after 2, after 4.
    assertThat(cluster.engines()).containsExactly(2, 1, 2, 1, 2, 1, 2);
    assertThat(cluster.metrics("flapping").alarms())
        .filteredOn(alarm -> alarm.kind() == Alarm.Kind.EXECUTORS_JOINED)
        .extracting(alarm -> alarm.figures().get("resumed_at"))
        .containsExactly(1.0, 3.0, 7.0);
    assertSameNumbers(cluster, "flapping");
  }

  @Test
  void executorsThatTakeNoWorkYetDoNotEndTheRun() throws IOException {
    TinyCluster cluster = new TinyCluster(folder, 2, TWO_LANES, OFTEN);
    AtomicBoolean down = new AtomicBoolean();
    cluster.afterStep(
        step -> {
          if (step == 1 && down.compareAndSet(false, true)) {
            cluster.refuseOnceAbove(1);
            cluster.lose();
          }
          cluster.have(2);
        });
    cluster.train("idle");
    assertThat(cluster.engines()).containsExactly(2, 1, 1, 2);
    assertThat(cluster.screen())
        .contains("Spark put 2 workers on only [0] after step 2; attempt 1");
    assertSameNumbers(cluster, "idle");
  }

  /** The losses of all steps, the scores of all epochs, and every bit of the last weights. */
  private static void assertSameNumbers(TinyCluster cluster, String id) throws IOException {
    assertThat(cluster.metrics(id).steps())
        .extracting(StepMetrics::loss)
        .containsExactlyElementsOf(
            cluster.metrics("undisturbed").steps().stream().map(StepMetrics::loss).toList());
    assertThat(cluster.metrics(id).epochs())
        .extracting(EpochMetrics::trainLoss, EpochMetrics::cleanTop1, EpochMetrics::fgsmTop1)
        .containsExactlyElementsOf(
            cluster.metrics("undisturbed").epochs().stream()
                .map(e -> tuple(e.trainLoss(), e.cleanTop1(), e.fgsmTop1()))
                .toList());
    Path last = Path.of("checkpoints", "epoch-0002");
    for (Path file : tensorFiles(cluster.directory("undisturbed").resolve(last))) {
      assertThat(
              RunComparison.tensors(
                  cluster.directory(id).resolve(last).resolve(file.getFileName())))
          .as(file.toString())
          .isEqualTo(RunComparison.tensors(file));
    }
  }

  private static List<Path> tensorFiles(Path checkpoint) throws IOException {
    try (Stream<Path> files = Files.list(checkpoint)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(".safetensors")).toList();
      assertThat(found).hasSizeGreaterThan(2);
      return found;
    }
  }
}
