package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.report.Alarm;
import io.robusttrain.train.recovery.RunControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that was killed or stopped anywhere goes on as if it had not been. */
@Tag("slow")
class ExactResumeTest {
  private static final String OFTEN = "checkpoint.every-steps=3";
  private static final String[] SPIKES = {
    OFTEN,
    "optim.lr=0.5",
    "lr-schedule.type=constant",
    "lr-schedule.warmup-lr=1e-6",
    "guard.loss-spike.window=4",
    "guard.loss-spike.factor=1.5",
    "guard.loss-spike.action=rollback",
    "guard.max-rollbacks=1"
  };

  @TempDir private static Path folder;

  @BeforeAll
  static void images() throws IOException {
    TinyRun.drawImages(folder);
  }

  @Test
  void aRunWithAveragesWarmStartsRepeatsAndDroppedTokensGoesOnExactly() throws IOException {
    String[] settings = {
      OFTEN,
      "model-ema.decay=0.8",
      "model-ema.warmup=true",
      "swa.start=0",
      "swa.step-on=step",
      "attack.start=previous",
      "augment.repeats=3",
      "mixup.alpha=0.8",
      "model.patch-drop-rate=0.5",
      "model.patch-drop-mode=block"
    };
    requireSameFrom("epoch-0001-step-000000006", "averages", settings);
    assertThat(TinyRun.of(folder).directory("averages-killed"))
        .isDirectoryRecursivelyContaining("glob:**/memory-00000-of-00001.safetensors");
    requireSameFrom("epoch-0000-step-000000003", "averages", settings);
  }

  @Test
  void aRunWithBatchNormMomentumBlocksAndExtraImagesGoesOnExactly() throws IOException {
    requireSameFrom(
        "epoch-0000-step-000000006",
        "batch-norm",
        OFTEN,
        "model.name=resnet18_32",
        "model.embed-dim=auto",
        "model.depth=auto",
        "model.num-heads=auto",
        "model.drop-path=0",
        "model.args.layers=[1,1,1,1]",
        "model.args.channels=[4,4,4,4]",
        "optim.type=sgd",
        "data.shuffle=blocks",
        "data.shuffle-window=16",
        "data.extra.path=" + folder.resolve("data"),
        "data.extra.split=validation",
        "train.max-steps=11");
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoch-0000-step-000000004", "epoch-0000-step-000000008"})
  void aRunThatReplaysBatchesGoesOnExactly(String newest) throws IOException {
    requireSameFrom(
        newest,
        "free",
        "checkpoint.every-steps=4",
        "objective.type=free",
        "objective.replays=3",
        "train.max-steps=10");
  }

  @Test
  void aRunWithSkippedStepsGoesOnExactly() throws IOException {
    String[] settings = {
      OFTEN,
      // Weights grow by the factor of 10^7 with each step.
      "optim.lr=1000",
      "optim.lr-scaling=linear",
      "optim.lr-base-size=1",
      "optim.weight-decay=1000",
      "lr-schedule.type=constant",
      "lr-schedule.warmup-epochs=0",
      "guard.max-skipped-steps=9"
    };
    requireSameFrom("epoch-0001-step-000000009", "skipped", settings);
    assertThat(TinyRun.of(folder).metrics("skipped").alarms())
        .extracting(Alarm::response)
        .contains(Alarm.Response.SKIPPED);
  }

  /** The disk tells of the first rollback; no checkpoint does yet. */
  @Test
  void aRollbackBeforeTheKillIsNotForgotten() throws IOException {
    TinyRun run = TinyRun.of(folder, SPIKES);
    assertThatThrownBy(() -> run.train("back")).isInstanceOf(GuardException.class);
    List<Alarm> alarms = run.metrics("back").alarms();
    assertThat(alarms)
        .extracting(Alarm::response)
        .containsExactly(Alarm.Response.ROLLED_BACK, Alarm.Response.STOPPED);
    RunComparison.copyAsKilled(
        run.directory("back"), run.directory("back-killed"), "epoch-0001-step-000000006");
    Path metrics = run.directory("back-killed").resolve("metrics.jsonl");
    List<String> lines = Files.readAllLines(metrics);
    int back =
        lines.indexOf(
            lines.stream().filter(line -> line.contains("rolled-back")).findFirst().orElseThrow());
    Files.write(metrics, lines.subList(0, back + 1));
    GuardException again =
        catchThrowableOfType(GuardException.class, () -> run.train("back-killed"));
    assertThat(again).hasMessageContaining("the run has gone back 1 times already");
    assertThat(RunComparison.lines(run.directory("back-killed")))
        .containsExactlyElementsOf(RunComparison.lines(run.directory("back")));
  }

  /** Clocks must not decide where a guard takes the run back to. */
  @Test
  void checkpointsByTimeDoNotChangeARollback() throws IOException {
    String[] often =
        Stream.concat(Stream.of(SPIKES), Stream.of("checkpoint.every-time=1 ms"))
            .toArray(String[]::new);
    TinyRun run = TinyRun.of(folder, SPIKES);
    TinyRun timed = TinyRun.of(folder, often);
    assertThatThrownBy(() -> run.train("spikes")).isInstanceOf(GuardException.class);
    assertThatThrownBy(() -> timed.train("spikes-timed")).isInstanceOf(GuardException.class);
    assertThat(RunComparison.lines(run.directory("spikes-timed")))
        .containsExactlyElementsOf(RunComparison.lines(run.directory("spikes")));
  }

  /** In an epoch, and with its last step: then its end is still to come. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5, 10})
  void aRunThatWasAskedToEndGoesOnExactly(int steps) throws IOException {
    whole("whole", OFTEN);
    String id = "stopped-" + steps;
    RunControl control = new RunControl();
    StoppedException stopped =
        catchThrowableOfType(
            StoppedException.class,
            () ->
                TinyRun.of(folder, OFTEN)
                    .control(control)
                    .afterStep(
                        step -> {
                          if (step + 1 == steps) {
                            control.requestStop();
                          }
                        })
                    .train(id));
    String name = "epoch-%04d-step-%09d".formatted((steps - 1) / 5, steps);
    assertThat(stopped)
        .hasMessageStartingWith("stopped on request after step %d; ".formatted(steps))
        .hasMessageContaining(" in checkpoint %s: ".formatted(name));
    TinyRun run = TinyRun.of(folder, OFTEN);
    assertThat(run.checkpoints(id)).contains(name);
    assertThat(run.metrics(id).steps()).hasSize(steps);
    run.train(id);
    assertThat(RunComparison.lines(run.directory(id)))
        .containsExactlyElementsOf(RunComparison.lines(run.directory("whole")));
    for (String file : List.of("best", "checkpoints/epoch-0001", "checkpoints/epoch-0002")) {
      assertThat(RunComparison.tensors(run.directory(id).resolve(file + "/model.safetensors")))
          .isEqualTo(
              RunComparison.tensors(run.directory("whole").resolve(file + "/model.safetensors")));
    }
  }

  /** Guards go back to it in a run that nobody asked to end. */
  @Test
  void aStopAtAnEpochsEndKeepsTheCheckpointThatIsDueThere() throws IOException {
    String[] settings = {"checkpoint.every=2", "checkpoint.every-steps=5"};
    RunControl control = new RunControl();
    assertThatThrownBy(
            () ->
                TinyRun.of(folder, settings)
                    .control(control)
                    .afterStep(
                        step -> {
                          if (step == 4) {
                            control.requestStop();
                          }
                        })
                    .train("due"))
        .isInstanceOf(StoppedException.class);
    TinyRun run = TinyRun.of(folder, settings);
    run.train("due");
    assertThat(run.checkpoints("due")).contains("epoch-0001", "epoch-0002");
  }

  /**
   * The end of the run is not the end of an epoch: it is done again as often as it is asked for.
   */
  @Test
  void aRunThatWasAskedToEndAtItsLastStepIsEndedByTheNextStart() throws IOException {
    String[] settings = {OFTEN, "train.max-steps=7"};
    whole("seven", settings);
    RunControl control = new RunControl();
    control.requestStop();
    TinyRun run = TinyRun.of(folder, settings);
    for (int steps : new int[] {1, 2, 3}) {
      StoppedException stopped =
          catchThrowableOfType(
              StoppedException.class,
              () -> TinyRun.of(folder, settings).control(control).train("seven-stopped"));
      assertThat(stopped).hasMessageContaining("after step %d;".formatted(steps));
    }
    RunControl last = new RunControl();
    assertThatThrownBy(
            () ->
                TinyRun.of(folder, settings)
                    .control(last)
                    .afterStep(
                        step -> {
                          if (step == 6) {
                            last.requestStop();
                          }
                        })
                    .train("seven-stopped"))
        .isInstanceOf(StoppedException.class);
    for (int again = 0; again < 2; again++) {
      run.train("seven-stopped");
      assertThat(RunComparison.lines(run.directory("seven-stopped")))
          .containsExactlyElementsOf(RunComparison.lines(run.directory("seven")));
    }
  }

  private static void whole(String id, String... settings) throws IOException {
    if (!Files.exists(TinyRun.of(folder).directory(id))) {
      TinyRun.of(folder, settings).train(id);
    }
  }

  private static void requireSameFrom(String newest, String id, String... settings)
      throws IOException {
    whole(id, settings);
    TinyRun run = TinyRun.of(folder, settings);
    String copy = Files.exists(run.directory(id + "-killed")) ? id + "-again" : id + "-killed";
    RunComparison.copyAsKilled(run.directory(id), run.directory(copy), newest);
    run.train(copy);
    RunComparison.assertSame(run.directory(copy), run.directory(id));
  }
}
