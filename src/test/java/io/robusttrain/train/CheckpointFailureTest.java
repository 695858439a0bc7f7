package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.report.Alarm;
import io.robusttrain.train.recovery.RunControl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When checkpoints are written, and what happens when one cannot be. */
@Tag("slow")
class CheckpointFailureTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void images() throws IOException {
    TinyRun.drawImages(folder);
  }

  @Test
  void timeStepsAndRequestsMakeThemDue() throws IOException {
    AtomicLong minutes = new AtomicLong();
    RunControl control = new RunControl();
    TinyRun run =
        TinyRun.of(
                folder,
                "checkpoint.every-time=10 minutes",
                "checkpoint.every-steps=4",
                "validation.every=9")
            .control(control)
            .clock(() -> Duration.ofMinutes(minutes.get()).toNanos())
            .afterStep(
                step -> {
                  minutes.addAndGet(step == 1 ? 10 : 1);
                  if (step == 6) {
                    control.requestCheckpoint();
                  }
                });
    run.train("due");
    assertThat(run.checkpoints("due"))
        .containsExactly(
            // Ten minutes, four steps, an epoch, a request, eight steps, the end.
            "epoch-0000-step-000000002",
            "epoch-0000-step-000000004",
            "epoch-0001",
            "epoch-0001-step-000000007",
            "epoch-0001-step-000000008",
            "epoch-0002");
  }

  @Test
  void aFullDiskIsAnAlarmAndTheNextIsTriedWithinAMinute() throws IOException {
    AtomicLong seconds = new AtomicLong();
    TinyRun run = TinyRun.of(folder, "validation.every=9");
    Path checkpoints = run.directory("full").resolve("checkpoints");
    run.clock(() -> Duration.ofSeconds(seconds.get()).toNanos())
        .afterStep(
            step -> {
              seconds.addAndGet(30);
              if (step == 4) {
                obstruct(checkpoints);
              } else if (step == 5) {
                clear(checkpoints);
              }
            })
        .train("full");
    List<Alarm> alarms = run.metrics("full").alarms();
    assertThat(alarms)
        .filteredOn(alarm -> alarm.kind() == Alarm.Kind.CHECKPOINT_FAILED)
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.step()).isEqualTo(4);
              assertThat(alarm.message())
                  .contains("no checkpoint after step 5", "full/checkpoints", "make room");
            });
    assertThat(run.checkpoints("full")).containsExactly("epoch-0001-step-000000007", "epoch-0002");
    TinyRun.of(folder, "validation.every=9").train("undisturbed");
    assertThat(RunComparison.lines(run.directory("full")))
        .filteredOn(line -> !line.contains("checkpoint-failed"))
        .containsExactlyElementsOf(RunComparison.lines(run.directory("undisturbed")));
  }

  @Test
  void theLastMustBeWrittenAndTheRunCanGoOn() throws IOException {
    TinyRun run = TinyRun.of(folder, "validation.every=9");
    Path checkpoints = run.directory("last").resolve("checkpoints");
    Path aside = folder.resolve("aside");
    run.afterStep(
        step -> {
          if (step == 9) {
            move(checkpoints, aside);
            obstruct(checkpoints);
          }
        });
    IOException failed = catchThrowableOfType(IOException.class, () -> run.train("last"));
    assertThat(failed)
        .hasMessageContaining("the last checkpoint, after step 10, cannot be written")
        .hasMessageContaining("submit the run id again");
    Files.delete(checkpoints);
    move(aside, checkpoints);
    run.afterStep(step -> {}).train("last");
    assertThat(run.checkpoints("last")).containsExactly("epoch-0001", "epoch-0002");
    assertThat(run.metrics("last").steps()).hasSize(10);
  }

  /** A file stands where the folder of checkpoints should be. */
  private static void obstruct(Path checkpoints) {
    try {
      if (Files.isDirectory(checkpoints)) {
        Files.delete(checkpoints);
      }
      Files.createFile(checkpoints);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void clear(Path checkpoints) {
    try {
      Files.delete(checkpoints);
      Files.createDirectory(checkpoints);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
