package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.app.prep.FaultyTraining;
import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.data.load.EvalLoader;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Shards that go bad under a run, with both policies. {@code -DdataFaults=all} tries every fault
 * and prints what was said of it.
 */
@Tag("slow")
class DataFaultsTest {
  private static final int BAD_DATA = 3;

  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static FaultyTraining training;

  @BeforeAll
  static void images() throws IOException {
    training = new FaultyTraining(folder);
  }

  static Stream<DataFault> faults() {
    return System.getProperty("dataFaults", "").equals("all")
        ? Arrays.stream(DataFault.values())
        : Stream.of(DataFault.VANISHED, DataFault.PAGE_BIT, DataFault.BOMB);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void failNamesTheFileAndTheReason(DataFault fault) {
    String shuffle = fault.name().length() % 2 == 0 ? "data.shuffle=blocks" : "data.shuffle=full";
    TinyTraining.Outcome run =
        training.run("fail-" + fault, fault, shuffle, "distribution.executors=2");
    System.out.printf(
        "| %s | fail | %s | exit %d |%n", fault.words(), run.err().strip(), run.code());
    assertThat(run.code()).as(run.err()).isEqualTo(BAD_DATA);
    assertThat(run.err()).contains("error: ", FaultyTraining.SHARD).containsPattern(fault.reason());
  }

  @ParameterizedTest
  @MethodSource("faults")
  void skipReplacesCountsAndReports(DataFault fault) throws IOException {
    String id = "skip-" + fault;
    String shuffle = fault.name().length() % 2 == 0 ? "data.shuffle=full" : "data.shuffle=blocks";
    TinyTraining.Outcome run =
        training.run(id, fault, shuffle, "data.on-error=skip", "data.max-skipped=0.4");
    assertThat(run.code()).as(run.err()).isZero();
    MetricsLog.Content metrics = training.training().metrics(id);
    EpochMetrics epoch = metrics.epochs().get(0);
    System.out.printf(
        "| %s | skip | %s | exit 0, %d of %d replaced |%n",
        fault.words(), metrics.alarms().get(0).message(), epoch.badSamples(), FaultyTraining.TRAIN);
    assertThat(epoch.badSamples()).isBetween(1L, 28L);
    assertThat(metrics.steps().stream().mapToInt(StepMetrics::badSamples).sum())
        .isEqualTo((int) epoch.badSamples());
    // What concerns a whole row group or file is told once.
    assertThat(metrics.alarms()).isNotEmpty().hasSizeLessThanOrEqualTo((int) epoch.badSamples());
    assertThat(metrics.alarms())
        .allSatisfy(
            alarm -> {
              assertThat(alarm.kind()).isEqualTo(Alarm.Kind.BAD_DATA);
              assertThat(alarm.response()).isEqualTo(Alarm.Response.SKIPPED);
              assertThat(alarm.message())
                  .contains(FaultyTraining.SHARD)
                  .containsPattern(fault.reason());
            });
    assertThat(run.out())
        .contains("bad data (skipped): ", "bad samples    %d".formatted(epoch.badSamples()));
    assertThat(Files.readString(training.training().run(id).resolve("report.html")))
        .contains("bad data", "part-00001.parquet");
  }

  @Test
  void theNumberOfExecutorsDoesNotChangeWhatASkippingRunComputes() throws IOException {
    String[] settings = {"data.on-error=skip", "data.max-skipped=0.4", "data.shuffle=blocks"};
    DataFault fault = DataFault.PAGE_BIT;
    assertThat(training.run("one", fault, settings).code()).isZero();
    String[] two = Arrays.copyOf(settings, settings.length + 1);
    two[settings.length] = "distribution.executors=2";
    assertThat(training.run("two", fault, two).code()).isZero();
    List<StepMetrics> expected = training.training().metrics("one").steps();
    List<StepMetrics> actual = training.training().metrics("two").steps();
    TinyTraining.assertSameLosses(actual, expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i).badSamples()).isEqualTo(expected.get(i).badSamples());
    }
    assertThat(training.run("again", fault, settings).code()).isZero();
    assertThat(
            TinyTraining.tensors(
                training.training().run("again").resolve("best/model.safetensors")))
        .isEqualTo(
            TinyTraining.tensors(training.training().run("one").resolve("best/model.safetensors")));
  }

  @Test
  void aStorageThatFailsIsNoBadData() {
    String path = FaultyReadsFileSystem.uri(folder.resolve("own"));
    Configuration conf = new Configuration();
    SampleRules skips = new SampleRules(SampleRules.OnError.SKIP, 1, 1 << 20, 1 << 20);
    ImageSet set = ImageSet.open(conf, path, "train").with(skips);
    EvalTransform transform = new EvalTransform(32, 1, Interpolation.BICUBIC);
    FaultyReadsFileSystem.put(
        FaultyTraining.SHARD,
        whole -> {
          throw new IOException("connection reset");
        });
    try (EvalLoader loader = new EvalLoader(set, conf, transform, 72, new int[] {0}, 1, 0)) {
      assertThatThrownBy(loader::next)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContainingAll(FaultyTraining.SHARD, "the storage failed (connection reset)");
    } finally {
      FaultyReadsFileSystem.clear();
    }
  }

  @Test
  void moreThanAcceptedEndsTheRunWithCounts() throws IOException {
    TinyTraining.Outcome run =
        training.run(
            "over",
            DataFault.PAGE_BIT,
            "data.on-error=skip",
            "data.max-skipped=0.02",
            "data.shuffle=blocks");
    assertThat(run.code()).as(run.err()).isEqualTo(BAD_DATA);
    assertThat(run.err())
        .containsPattern("error: epoch 1, step \\d: [3-8] of 72 samples are bad")
        .contains("data.max-skipped = 0.02 accepts 2", "RobustPrep verify");
    assertThat(training.training().metrics("over").alarms())
        .last()
        .satisfies(alarm -> assertThat(alarm.response()).isEqualTo(Alarm.Response.STOPPED));
  }

  @Test
  void validationLeavesBadImagesOutAndSaysSo() throws IOException {
    TinyTraining.Outcome failed =
        training.run("validation", FaultyTraining.VALIDATION_SHARD, DataFault.PAGE_BIT);
    assertThat(failed.code()).as(failed.err()).isEqualTo(BAD_DATA);
    assertThat(failed.err()).contains("validation/part-00000.parquet: the checksum of row group 0");

    TinyTraining.Outcome skipped =
        training.run(
            "validation-skip",
            FaultyTraining.VALIDATION_SHARD,
            DataFault.PAGE_BIT,
            "data.on-error=skip",
            "data.max-skipped=0.3");
    assertThat(skipped.code()).as(skipped.err()).isZero();
    MetricsLog.Content metrics = training.training().metrics("validation-skip");
    assertThat(metrics.epochs().get(0).badSamples()).isZero();
    assertThat(metrics.alarms())
        .singleElement()
        .satisfies(
            alarm ->
                assertThat(alarm.message())
                    .contains("validation/part-00000.parquet", "validation leaves it out"));
  }
}
