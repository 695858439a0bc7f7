package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.MetricsLog;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Shards that go bad under a run, each with both policies. */
class DataFaultsTest {
  private static final int BAD_DATA = 3;

  @TempDir private static Path folder;
  private static FaultyTraining training;

  @BeforeAll
  static void images() throws IOException {
    training = new FaultyTraining(folder);
  }

  @ParameterizedTest
  @EnumSource(DataFault.class)
  void eachIsFoundAndNamed(DataFault fault) throws IOException {
    TinyTraining.Outcome failed = training.run("fail-" + fault, fault, "distribution.executors=2");
    assertThat(failed.code()).as(failed.err()).isEqualTo(BAD_DATA);
    assertThat(failed.err())
        .contains("error: ", FaultyTraining.SHARD)
        .containsPattern(fault.reason());

    String id = "skip-" + fault;
    TinyTraining.Outcome skipped =
        training.run(
            id,
            fault,
            "data.on-error=skip",
            "data.max-skipped=0.4",
            fault.ordinal() % 2 == 0 ? "data.shuffle=blocks" : "data.shuffle=full");
    assertThat(skipped.code()).as(skipped.err()).isZero();
    MetricsLog.Content metrics = training.training().metrics(id);
    EpochMetrics epoch = metrics.epochs().get(0);
    System.out.printf("| %s | %d | %s |%n", fault.words(), epoch.badSamples(), metrics.alarms());
    assertThat(epoch.badSamples()).isBetween(1L, 28L);
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
  }
}
