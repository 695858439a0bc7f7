package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.robusttrain.report.Alarm;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.StorageAwayException;
import io.robusttrain.train.recovery.StoragePatience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.apache.hadoop.security.AccessControlException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose storage is away at the driver for a while. */
@Tag("slow")
class StorageOutageTest {
  private static final String SELDOM = "validation.every=9";
  private static final String[] SPIKES = {
    SELDOM,
    "checkpoint.every-steps=3",
    "optim.lr=0.5",
    "lr-schedule.type=constant",
    "lr-schedule.warmup-lr=1e-6",
    "guard.loss-spike.window=4",
    "guard.loss-spike.factor=1.5",
    "guard.loss-spike.action=rollback",
    "guard.max-rollbacks=1"
  };

  @TempDir private static Path folder;

  /** Seconds of the driver's clock. */
  private final AtomicLong clock = new AtomicLong();

  private long paused;
  private LongConsumer whilePausing = seconds -> {};

  @BeforeAll
  static void imagesAndARunWithoutOutage() throws IOException {
    TinyRun.drawImages(folder);
    TinyRun.of(folder, SELDOM).train("undisturbed");
  }

  @AfterEach
  void comeBack() {
    AwayFileSystem.comeBack();
  }

  /** Every step takes half a minute; pauses take what they take. */
  private TinyRun run(LongConsumer afterStep, String... settings) {
    return TinyRun.of(folder, settings)
        .on(AwayFileSystem.settings())
        .clock(() -> Duration.ofSeconds(clock.get()).toNanos())
        .waitingBy(
            new StoragePatience.Time() {
              @Override
              public long nanos() {
                return Duration.ofSeconds(clock.get()).toNanos();
              }

              @Override
              public void pause(Duration time) {
                paused += time.toSeconds();
                whilePausing.accept(clock.addAndGet(time.toSeconds()));
              }
            })
        .afterStep(
            step -> {
              clock.addAndGet(30);
              afterStep.accept(step);
            });
  }

  private static void requireSameLines(String id) throws IOException {
    assertThat(RunComparison.lines(folder.resolve("runs").resolve(id)))
        .filteredOn(line -> !line.contains("storage-away") && !line.contains("checkpoint-failed"))
        .containsExactlyElementsOf(RunComparison.lines(folder.resolve("runs/undisturbed")));
  }

  @Test
  void linesAreHeldAndTheCheckpointIsTriedAgain() throws IOException {
    TinyRun run =
        run(
            step -> {
              if (step == 2) {
                AwayFileSystem.goAway();
              } else if (step == 6) {
                AwayFileSystem.comeBack();
              }
            },
            SELDOM);
    run.train("held");
    requireSameLines("held");
    List<Alarm> alarms = run.metrics("held").alarms();
    assertThat(alarms)
        .filteredOn(alarm -> alarm.kind() == Alarm.Kind.STORAGE_AWAY)
        .extracting(Alarm::step, alarm -> alarm.message().replaceAll("[:(].*", ""))
        .containsExactly(
            tuple(3L, "the storage of the run cannot be reached "),
            tuple(6L, "the storage of the run is there again after 120 s"));
    assertThat(alarms)
        .filteredOn(alarm -> alarm.kind() == Alarm.Kind.CHECKPOINT_FAILED)
        .isNotEmpty();
    assertThat(run.checkpoints("held")).containsExactly("epoch-0001-step-000000007", "epoch-0002");
    assertThat(paused).as("nothing stood still").isZero();
  }

  /** Lines alone do not say that it is over: a checkpoint is tried before the time is up. */
  @Test
  void anOutageThatIsShorterThanItsTimeDoesNotEndTheRun() throws IOException {
    TinyRun run =
        run(
            step -> {
              // A step of ten seconds.
              clock.addAndGet(-20);
              if (step == 5) {
                AwayFileSystem.goAway();
              } else if (step == 7) {
                AwayFileSystem.comeBack();
              }
            },
            SELDOM,
            "recovery.storage-timeout=25 seconds");
    run.train("short");
    requireSameLines("short");
    assertThat(run.metrics("short").alarms())
        .filteredOn(alarm -> alarm.kind() == Alarm.Kind.STORAGE_AWAY)
        .extracting(Alarm::message)
        .contains("the storage of the run is there again after 20 s: nothing of the run is lost");
  }

  @Test
  void theBestModelAndTheLastCheckpointWait() throws IOException {
    whilePausing =
        seconds -> {
          if (seconds >= 300 + 90) {
            AwayFileSystem.comeBack();
          }
        };
    TinyRun run =
        run(
            step -> {
              if (step == 9) {
                AwayFileSystem.goAway();
              }
            },
            SELDOM);
    run.train("waits");
    requireSameLines("waits");
    assertThat(paused).isEqualTo(90);
    assertThat(run.checkpoints("waits")).contains("epoch-0002");
    assertThat(run.directory("waits").resolve("best/model.safetensors"))
        .hasSameBinaryContentAs(run.directory("undisturbed").resolve("best/model.safetensors"));
  }

  /** The storage took the last checkpoint, and was gone before it said so. */
  @Test
  void theLastCheckpointIsThereAndItsAnswerIsLost() throws IOException {
    whilePausing = seconds -> AwayFileSystem.comeBack();
    AwayFileSystem.goAwayAfter("checkpoints/epoch-0002");
    TinyRun run = run(step -> {}, SELDOM);
    run.train("answered");
    requireSameLines("answered");
    assertThat(run.checkpoints("answered")).isEqualTo(run.checkpoints("undisturbed"));
    assertThat(paused).isEqualTo(10);
  }

  /** What the run goes back by is a line of its metrics. */
  @Test
  void aRunThatGoesBackWhileTheStorageIsAwayWaitsForIt() throws IOException {
    TinyRun plain = TinyRun.of(folder, SPIKES);
    GuardException spike = catchThrowableOfType(GuardException.class, () -> plain.train("spike"));
    long back =
        plain.metrics("spike").alarms().stream()
            .filter(Alarm::goesBack)
            .findFirst()
            .orElseThrow()
            .step();
    whilePausing = seconds -> AwayFileSystem.comeBack();
    boolean[] gone = new boolean[1];
    TinyRun run =
        run(
            step -> {
              if (step == back - 1 && !gone[0]) {
                gone[0] = true;
                AwayFileSystem.goAway();
              }
            },
            SPIKES);
    assertThat(catchThrowableOfType(GuardException.class, () -> run.train("back")))
        .hasMessage(spike.getMessage());
    assertThat(paused).isEqualTo(10);
    assertThat(RunComparison.lines(run.directory("back")))
        .filteredOn(line -> !line.contains("storage-away") && !line.contains("checkpoint-failed"))
        .containsExactlyElementsOf(RunComparison.lines(run.directory("spike")));
  }

  /** The exit code is that of the guard. */
  @Test
  void aGuardEndsARunWhoseReportCannotBeWritten() {
    TinyRun run =
        run(
            step -> {
              AwayFileSystem.goAway();
              throw new GuardException("diverged");
            },
            SELDOM);
    assertThat(catchThrowableOfType(GuardException.class, () -> run.train("diverged")))
        .hasMessage("diverged")
        .satisfies(
            end ->
                assertThat(end.getSuppressed())
                    .anySatisfy(failed -> assertThat(failed).hasMessageEndingWith("refused")));
  }

  @Test
  void anOutageThatIsTooLongEndsTheRunWhichCanGoOn() throws IOException {
    TinyRun run =
        run(
            step -> {
              if (step == 5) {
                AwayFileSystem.goAway();
              }
            },
            SELDOM,
            "recovery.storage-timeout=1 minute");
    assertThat(catchThrowableOfType(StorageAwayException.class, () -> run.train("long")))
        .hasMessageContaining("cannot be reached for 60 s")
        .hasMessageContaining("recovery.storage-timeout is 60 s: bring it back")
        .hasMessageEndingWith("submit the run id again to go on from its newest checkpoint");
    AwayFileSystem.comeBack();
    TinyRun.of(folder, SELDOM).train("long");
    requireSameLines("long");
  }

  @Test
  void whatNoWaitingMendsEndsTheRunAtOnce() throws IOException {
    TinyRun run =
        run(
            step -> {
              if (step == 9) {
                AwayFileSystem.failWith(
                    () -> new AccessControlException("Permission denied: user=anna, access=WRITE"));
              }
            },
            SELDOM);
    assertThat(catchThrowableOfType(IOException.class, () -> run.train("refused")))
        .hasMessageContaining("Permission denied: user=anna");
    assertThat(paused).isZero();
  }

  /** Without a word from the lease nothing may be written, though the file could be. */
  @Test
  void linesAreHeldWhileTheLeaseCannotBeRead() throws IOException {
    boolean[] silent = {false};
    Fence owner =
        new Fence() {
          @Override
          public void requireHeld() throws IOException {
            check();
          }

          @Override
          public void check() throws StorageAwayException {
            if (silent[0]) {
              throw new StorageAwayException("the lease could not be renewed for 60 s");
            }
          }
        };
    TinyRun[] run = new TinyRun[1];
    run[0] =
        run(
                step -> {
                  silent[0] = step >= 1 && step < 4;
                  if (step == 3) {
                    assertThat(lines(run[0].directory("silent"))).hasSize(2);
                  }
                },
                SELDOM)
            .ownedBy(owner);
    run[0].train("silent");
    requireSameLines("silent");
  }

  private static List<String> lines(Path run) {
    try {
      return Files.readAllLines(run.resolve("metrics.jsonl"));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
