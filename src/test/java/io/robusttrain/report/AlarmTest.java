package io.robusttrain.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.storage.Fence;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Alarms in every output. */
class AlarmTest {
  private static final Alarm SKIPPED =
      new Alarm(
          11,
          2,
          Alarm.Kind.NON_FINITE,
          Alarm.Response.SKIPPED,
          "micro-batch 3 & <others>",
          Map.of("loss", Double.NaN, "skipped_in_epoch", 1.0));
  private static final Alarm BACK =
      new Alarm(
          20,
          4,
          Alarm.Kind.CATASTROPHIC_OVERFITTING,
          Alarm.Response.ROLLED_BACK,
          "one step is not many",
          Map.of("one_step_top1", 0.75));
  private static final String BACK_LINE =
      "warning: epoch 5, step 21: catastrophic overfitting (rolled back): one step is not many";

  @TempDir private java.nio.file.Path folder;

  @Test
  void keepsItsFiguresInTheMetrics() throws IOException {
    FileSystem fs = FileSystem.getLocal(new Configuration()).getRawFileSystem();
    Path path = new Path(folder.resolve("metrics.jsonl").toUri());
    try (MetricsLog log = MetricsLog.open(fs, path, Fence.none(), new MetricsCut(0, 0, 0))) {
      log.alarm(SKIPPED);
      log.alarm(BACK);
    }
    assertThat(Files.readAllLines(folder.resolve("metrics.jsonl")).get(0))
        .isEqualTo(
            "{\"kind\":\"alarm\",\"epoch\":2,\"step\":11,\"alarm\":\"non-finite\",\"response\":\"skipped\",\"message\":\"micro-batch"
                + " 3 & <others>\",\"figures\":{\"loss\":null,\"skipped_in_epoch\":1.0}}");
    assertThat(MetricsLog.read(fs, path).alarms()).containsExactly(SKIPPED, BACK);
  }

  @Test
  void whatMadeTheRunGoBackStaysAndWhatCameAfterIsFoundAgain() throws IOException {
    FileSystem fs = FileSystem.getLocal(new Configuration()).getRawFileSystem();
    Path path = new Path(folder.resolve("metrics.jsonl").toUri());
    Alarm failed =
        new Alarm(
            16, 3, Alarm.Kind.CHECKPOINT_FAILED, Alarm.Response.WARNED, "disk full", Map.of());
    try (MetricsLog log = MetricsLog.open(fs, path, Fence.none(), new MetricsCut(0, 0, 0))) {
      log.alarm(SKIPPED);
      log.epoch(new EpochMetrics(3, 1, 1, 1, 1, 1, Map.of(), 0));
      log.alarm(BACK);
    }
    MetricsLog.open(fs, path, Fence.none(), new MetricsCut(10, 10, 2)).close();
    assertThat(MetricsLog.read(fs, path).alarms()).containsExactly(SKIPPED, BACK);
    assertThat(MetricsLog.read(fs, path).epochs()).isEmpty();
    try (MetricsLog log = MetricsLog.open(fs, path, Fence.none(), new MetricsCut(10, 10, 2))) {
      log.alarm(SKIPPED);
      log.alarm(failed);
    }
    MetricsLog.open(fs, path, Fence.none(), new MetricsCut(11, 11, 2)).close();
    assertThat(MetricsLog.read(fs, path).alarms()).containsExactly(SKIPPED, BACK, failed);
  }

  @Test
  void isALineOfItsOwnBesideLinesAndBar() throws IOException {
    StepMetrics step = new StepMetrics(4, 20, 1, 0, 1, 1, 1, 0, 0);
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(screen, true, UTF_8);
    Clock clock = Clock.systemUTC();
    TrainingProgress lines =
        new TrainingProgress(ProgressDisplay.lines(out, clock, Duration.ofHours(1)), clock, 5, 5);
    lines.step(step);
    lines.alarm(BACK);
    assertThat(screen.toString(UTF_8).lines()).hasSize(2).last().isEqualTo(BACK_LINE);

    screen.reset();
    TrainingProgress bar = new TrainingProgress(ProgressDisplay.bar(out, clock), clock, 5, 5);
    bar.step(step);
    bar.alarm(BACK);
    bar.step(step);
    // The bar draws over its own line with carriage returns; the alarm is beneath it.
    assertThat(screen.toString(UTF_8).split("[\r\n]+")).contains(BACK_LINE);
    bar.close();
  }

  @Test
  void isInTheTableAndTheReport() throws IOException {
    List<Alarm> alarms = List.of(SKIPPED, BACK);
    ResultTable table =
        new ResultTable(
            List.of(),
            OptionalInt.empty(),
            WeightsKind.RAW,
            new Path("/r/best"),
            new Path("/r"),
            alarms);
    assertThat(table.render())
        .contains(
            "alarm          epoch 3, step 12: non finite (skipped)\n",
            "alarm          epoch 5, step 21: catastrophic overfitting (rolled back)\n");
    List<Alarm> many = java.util.Collections.nCopies(13, SKIPPED);
    assertThat(
            new ResultTable(
                    List.of(),
                    OptionalInt.empty(),
                    WeightsKind.RAW,
                    new Path("/b"),
                    new Path("/r"),
                    many)
                .render())
        .contains("               and 3 more\n");
  }
}
