package io.robusttrain.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.report.Alarm;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.recovery.RunControl;
import io.robusttrain.train.resume.StartingPoint;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A validation loses no steps, whatever happens during it, and what it comes to is that of a run
 * that nothing happened to. An epoch of these runs is validated in four rounds, two of the trained
 * weights and two of their average; eight in all.
 */
@Tag("slow")
class DisturbedValidationTest {
  private static final String[] SETTINGS = {"model-ema.decay=0.8", "guard.no-learning.after=1"};
  private static final String SAVED = "epoch-0000-step-000000005";
  private static final int ROUNDS = 4;

  @TempDir private static Path folder;

  private final RunControl control = new RunControl();
  private final List<Integer> rounds = new ArrayList<>();

  /** Something that ends a process at once. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeAll
  static void undisturbed() throws IOException {
    TinyRun.drawImages(folder);
    List<Integer> rounds = new ArrayList<>();
    run().beforeRound(rounds::add).train("undisturbed");
    assertThat(rounds).hasSize(2 * ROUNDS);
    assertThat(run().checkpoints("undisturbed"))
        .as("a checkpoint before a validation goes with the one after it")
        .containsExactly("epoch-0001", "epoch-0002");
  }

  /** Of the trained weights, between two rounds of them, and of their average. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aStopEndsItAfterItsRoundAndTheNextStartDoesItOnce(int round) throws IOException {
    String id = "stopped-" + round;
    StoppedException stopped =
        catchThrowableOfType(
            StoppedException.class,
            () ->
                run()
                    .control(control)
                    .beforeRound(
                        begun -> {
                          rounds.add(begun);
                          if (begun == round) {
                            control.requestStop();
                          }
                        })
                    .train(id));
    assertThat(stopped)
        .hasMessageStartingWith("stopped on request after step 5; ")
        .hasMessageContaining(" in checkpoint %s: ".formatted(SAVED));
    assertThat(rounds).as("no round was begun after it").hasSize(round);
    assertThat(run().metrics(id).steps()).hasSize(5);
    assertThat(run().metrics(id).epochs()).isEmpty();
    requireWhole(id);
  }

  @Test
  void aProcessThatIsKilledInItLosesNoStep() throws IOException {
    assertThatThrownBy(
            () ->
                run()
                    .beforeRound(
                        begun -> {
                          if (begun == 3) {
                            throw new Killed();
                          }
                        })
                    .train("killed"))
        .isInstanceOf(Killed.class);
    StartingPoint from = run().startingPoint("killed");
    assertThat(from.firstStep()).isEqualTo(5);
    assertThat(from.isAtPause()).isTrue();
    assertThat(from.endedEpochs()).isZero();
    requireWhole("killed");
  }

  /** The validation of the run's last epoch is done by a start that has no step to do. */
  @Test
  void aStopInTheLastOneLeavesNothingButIt() throws IOException {
    assertThatThrownBy(
            () ->
                run()
                    .control(control)
                    .beforeRound(
                        begun -> {
                          if (begun == ROUNDS + 1) {
                            control.requestStop();
                          }
                        })
                    .train("last"))
        .isInstanceOf(StoppedException.class)
        .hasMessageStartingWith("stopped on request after step 10; ");
    requireWhole("last");
  }

  /** A run's end inside an epoch has no checkpoint before its validation. */
  @Test
  void aStopInTheValidationOfAnEndInsideAnEpochSavesTheRun() throws IOException {
    String end = "train.max-steps=7";
    run(end).train("seven");
    assertThatThrownBy(
            () ->
                run(end)
                    .control(control)
                    .beforeRound(
                        begun -> {
                          if (begun == ROUNDS + 1) {
                            control.requestStop();
                          }
                        })
                    .train("seven-stopped"))
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining(
            "after step 7; everything is in checkpoint epoch-0001-step-000000007");
    run(end).train("seven-stopped");
    RunComparison.assertSame(run().directory("seven-stopped"), run().directory("seven"));
  }

  /** Its executor waits for what it holds to be saved, and not for a validation. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void anExecutorThatIsToldToEndBeforeItOrInItCostsNoStep(int round) throws IOException {
    String id = "departed-" + round;
    AtomicBoolean gone = new AtomicBoolean();
    boolean[] told = {round == 0};
    TinyRun run =
        run()
            .departing(() -> told[0] && !gone.get() ? Set.of("executor 1 on a") : Set.of())
            .beforeRound(
                begun -> {
                  if (!gone.get()) {
                    rounds.add(begun);
                    told[0] |= begun == round;
                  }
                });
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    run.recover(id, new Host(run, gone), new PrintStream(screen, true, UTF_8));
    assertThat(rounds).as("rounds before the executor was let go").hasSize(round);
    assertThat(screen.toString(UTF_8))
        .contains("executor 1 on a was told to end after step 5; attempt 1 of 5")
        .contains("the run went back to checkpoint " + SAVED + ", 0 steps, and trained again");
    assertThat(run.metrics(id).alarms())
        .extracting(Alarm::response)
        .containsOnlyOnce(Alarm.Response.RECOVERED);
    assertThat(RunComparison.lines(run.directory(id)))
        .filteredOn(line -> !line.contains("recovered"))
        .containsExactlyElementsOf(RunComparison.lines(run.directory("undisturbed")));
  }

  /** The second loss comes a round later than the first: the run got further in between. */
  @Test
  void attemptsAreCountedAnewWhenItGotFurther() throws IOException {
    TinyRun run =
        run("recovery.max-attempts=1")
            .beforeRound(
                begun -> {
                  rounds.add(begun);
                  // The second and the third round of the first validation.
                  if (rounds.size() == 2 || rounds.size() == 2 + 3) {
                    throw new EngineOutage(
                        EngineOutage.Kind.EXECUTOR_LOST, "executor 1 was lost", null);
                  }
                });
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    Host host = new Host(run, new AtomicBoolean());
    run.recover("twice", host, new PrintStream(screen, true, UTF_8));
    assertThat(screen.toString(UTF_8).lines())
        .filteredOn(line -> line.contains("was lost after"))
        .containsExactly(
            "executor 1 was lost after step 5; attempt 1 of 1 to go on ...",
            "executor 1 was lost after step 5; attempt 1 of 1 to go on ...");
  }

  /** The run goes on from before it, or would be stopped again whatever was changed. */
  @Test
  void whatAGuardStopsAtItsValidationIsNotGoneOnFrom() throws IOException {
    TinyRun run = run("optim.lr=1e-5", "guard.no-learning.action=stop", "validation.every=2");
    assertThatThrownBy(() -> run.train("idle")).isInstanceOf(GuardException.class);
    assertThat(run.checkpoints("idle")).containsExactly("epoch-0001");
  }

  /** What no checkpoint is due for is kept until the next one. */
  @Test
  void theCheckpointBeforeAValidationStaysUntilALaterOneIsThere() throws IOException {
    List<List<String>> seen = new ArrayList<>();
    TinyRun run = run("checkpoint.every=9");
    run.beforeRound(
            begun -> {
              if (begun == 1 || begun == ROUNDS + 1) {
                seen.add(checkpoints(run, "rare"));
              }
            })
        .train("rare");
    assertThat(seen).containsExactly(List.of(SAVED), List.of("epoch-0001-step-000000010"));
    assertThat(run.checkpoints("rare")).containsExactly("epoch-0002");
  }

  /** Engines of a run in this thread; while executors are waited for, one goes. */
  private record Host(TinyRun run, AtomicBoolean gone) implements EngineHost {
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
      gone.set(true);
      return wanted;
    }
  }

  private static TinyRun run(String... changes) {
    List<String> all = new ArrayList<>(List.of(SETTINGS));
    all.addAll(List.of(changes));
    // A clock that stands still: the number of rounds does not depend on the machine.
    return TinyRun.of(folder, all.toArray(String[]::new)).clock(() -> 0);
  }

  private static List<String> checkpoints(TinyRun run, String id) {
    try {
      return run.checkpoints(id);
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  private static void requireWhole(String id) throws IOException {
    run().train(id);
    RunComparison.assertSame(run().directory(id), run().directory("undisturbed"));
    assertThat(Files.exists(run().directory(id).resolve("checkpoints").resolve(SAVED))).isFalse();
  }
}
