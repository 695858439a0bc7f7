package io.robusttrain.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.recovery.RunControl;
import io.robusttrain.train.recovery.StoragePatience;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs that lose their engine, on engines in this thread. */
@Tag("slow")
class RecoveringTrainingTest {
  @TempDir private static Path folder;

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final RunControl control = new RunControl();
  private final AtomicLong seconds = new AtomicLong();
  private boolean lost;

  /** The storage comes back while it is waited for. */
  private final StoragePatience.Time pausing =
      new StoragePatience.Time() {
        @Override
        public long nanos() {
          return Duration.ofSeconds(seconds.get()).toNanos();
        }

        @Override
        public void pause(Duration time) {
          seconds.addAndGet(time.toSeconds());
          AwayFileSystem.comeBack();
        }
      };

  /** Engines of a run, and what happens while executors are waited for. */
  private record Host(TinyRun run, ToIntFunction<BooleanSupplier> waiting) implements EngineHost {
    @Override
    public TrainingEngine<ReplicaWorker> open(RunPlan plan) {
      return run.engine(plan);
    }

    @Override
    public void cancel() {
      throw new UnsupportedOperationException("nothing is opened for long");
    }

    @Override
    public int await(int wanted, Duration departures, Duration patience, BooleanSupplier givenUp) {
      return waiting.applyAsInt(givenUp);
    }
  }

  @BeforeAll
  static void images() throws IOException {
    TinyRun.drawImages(folder);
  }

  @AfterEach
  void comeBack() {
    AwayFileSystem.comeBack();
  }

  @Test
  void bfloat16IsTimedBeforeTheFirstStepAndNotAfterALoss() throws IOException {
    TinyRun run =
        TinyRun.of(
            folder,
            "amp.dtype=bf16",
            "amp.slower=warn",
            "train.max-steps=3",
            "guard.probe.action=off");
    recover(losing(run), "timed", givenUp -> 1);
    assertThat(screen.toString(UTF_8))
        .contains("executor 1 was lost after step 1; attempt 1 of 5", "(recovered)")
        .containsOnlyOnce("amp        ");
    assertThat(run.metrics("timed").steps()).hasSize(3);
  }

  @Test
  @Timeout(60)
  void aRunThatIsToldToEndDoesNotWaitForExecutors() {
    TinyRun run = TinyRun.of(folder, "recovery.wait=7 days");
    assertThatThrownBy(
            () ->
                recover(
                    losing(run),
                    "told",
                    givenUp -> {
                      control.requestStop();
                      while (!givenUp.getAsBoolean()) {
                        Thread.onSpinWait();
                      }
                      return 1;
                    }))
        .isInstanceOf(EngineOutage.class)
        .hasMessage("the run was told to end while it waited for executors");
  }

  /** The name node answers before anything can be read. */
  @Test
  void aStorageThatOnlyAnswersIsWaitedForAfterALoss() throws IOException {
    TinyRun run =
        TinyRun.of(folder, "train.max-steps=3", "checkpoint.every-steps=1")
            .on(AwayFileSystem.settings())
            .waitingBy(pausing);
    recover(losing(run), "starting", givenUp -> startStorage(1));
    assertThat(screen.toString(UTF_8))
        .contains("runs/starting/metrics.jsonl. Name node is in safe mode.")
        .containsOnlyOnce("waiting for the storage (")
        .contains("the storage is there again after 10 s");
    assertThat(run.metrics("starting").steps()).hasSize(3);
  }

  /** The data is read again for the plan of one executor. */
  @Test
  void aStorageThatOnlyAnswersIsWaitedForOnFewerExecutors() throws IOException {
    TinyCluster cluster =
        new TinyCluster(
                folder, 2, "train.micro-batch=8", "train.max-steps=3", "checkpoint.every-steps=1")
            .on(AwayFileSystem.settings(), pausing);
    cluster
        .afterStep(
            step -> {
              if (step == 1 && cluster.engines().size() == 1) {
                AwayFileSystem.start();
                cluster.lose();
              }
            })
        .train("fewer");
    assertThat(cluster.engines()).containsExactly(2, 1);
    assertThat(cluster.screen())
        .contains("dataset.json. Name node is in safe mode.)")
        .containsOnlyOnce("waiting for the storage (");
    assertThat(cluster.metrics("fewer").steps()).hasSize(3);
  }

  private static int startStorage(int executors) {
    AwayFileSystem.start();
    return executors;
  }

  /** Loses its executor with the second step, once. */
  private TinyRun losing(TinyRun run) {
    return run.control(control)
        .afterStep(
            step -> {
              if (step == 1 && !lost) {
                lost = true;
                throw new EngineOutage(
                    EngineOutage.Kind.EXECUTOR_LOST, "executor 1 was lost", null);
              }
            });
  }

  private void recover(TinyRun run, String id, ToIntFunction<BooleanSupplier> wait)
      throws IOException {
    run.recover(id, new Host(run, wait), new PrintStream(screen, true, UTF_8));
  }
}
