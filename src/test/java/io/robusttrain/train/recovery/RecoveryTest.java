package io.robusttrain.train.recovery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.config.RecoveryConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Setting;
import io.robusttrain.data.DataException;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.WorkerFailure;
import io.robusttrain.report.Alarm;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Attempts one after the other, with an attempt that fails as told. */
class RecoveryTest {
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final AtomicLong steps = new AtomicLong();

  @Test
  void goesOnAndTellsTheNextAttemptWhy() throws Exception {
    String result =
        recovery(false)
            .train(
                incident -> {
                  if (incident.isEmpty()) {
                    steps.set(12);
                    throw lost();
                  }
                  Alarm alarm =
                      incident
                          .get()
                          .recovered("checkpoint epoch-0001", 10, 1, 2, incident.get().nanos());
                  assertThat(alarm.kind()).isEqualTo(Alarm.Kind.EXECUTOR_LOST);
                  assertThat(alarm.response()).isEqualTo(Alarm.Response.RECOVERED);
                  assertThat(alarm.step()).isEqualTo(11);
                  assertThat(alarm.figures()).containsEntry("steps_lost", 2.0);
                  return alarm.message();
                });
    assertThat(result)
        .isEqualTo(
            "executor 1 was lost; after step 12 the run went back to checkpoint epoch-0001, 2"
                + " steps, and trained again after 0.0 s on 2 executors");
    assertThat(screen.toString(UTF_8))
        .contains("executor 1 was lost after step 12; attempt 1 of 2");
  }

  @Test
  void endsWithTheFirstCauseWhenAttemptsAreUsedUp() {
    assertThatThrownBy(
            () ->
                recovery(false)
                    .train(
                        incident -> {
                          throw lost();
                        }))
        .isInstanceOf(RecoveryException.class)
        .hasMessageStartingWith("executor 1 was lost")
        .hasMessageContaining("submit the same run id again")
        .hasCauseInstanceOf(EngineOutage.class);
    assertThat(screen.toString(UTF_8)).contains("attempt 2 of 2").doesNotContain("attempt 3");
  }

  /** Their types decide the exit code. */
  @Test
  void whatEndsTheRunAfterALossIsThrownAsItIs() {
    List<RuntimeException> ends =
        List.of(
            new DataException("shard cut short"),
            new ConfigException("data.path", "has other shards"),
            new UnsupportedOperationException("a defect"),
            new WorkerFailure(
                "Job aborted: io.robusttrain.data.DataException: shard cut short", null));
    for (RuntimeException end : ends) {
      EngineOutage before = lost();
      assertThatThrownBy(
              () ->
                  recovery(false)
                      .train(
                          incident -> {
                            throw incident.isEmpty() ? before : end;
                          }))
          .isSameAs(end)
          .hasSuppressedException(before);
    }
  }

  @Test
  void aRunThatWasAskedToEndDoesNotGoOn() {
    assertThatThrownBy(
            () ->
                recovery(true)
                    .train(
                        incident -> {
                          throw lost();
                        }))
        .isInstanceOf(EngineOutage.class);
  }

  private Recovery recovery(boolean stopping) {
    RecoveryConfig config =
        new RecoveryConfig(
            2, Duration.ZERO, 1, Setting.open(), Duration.ofSeconds(1), Duration.ZERO);
    RunControl control = new RunControl();
    if (stopping) {
      control.requestStop();
    }
    return new Recovery(
        config, control, () -> new Progress(steps.get(), 0), new PrintStream(screen, true, UTF_8));
  }

  private static EngineOutage lost() {
    return new EngineOutage(EngineOutage.Kind.EXECUTOR_LOST, "executor 1 was lost", null);
  }
}
