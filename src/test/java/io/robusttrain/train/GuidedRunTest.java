package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.robusttrain.report.Alarm;
import io.robusttrain.train.recovery.RunControl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of ten steps whose attack takes two gradient steps where a probe says so. */
@Tag("slow")
class GuidedRunTest {
  private static final String[] PROBED = {
    "guard.probe.every-steps=3",
    "checkpoint.every-steps=1",
    "attack.mode=train",
    "validation.steps=2",
    "guard.no-learning.action=off",
    "train.max-steps=8"
  };

  /** Any gap is above -1 but that of a model that resists many steps and no single one. */
  private static final String[] OPEN = {
    "attack.guided.steps=2", "attack.guided.open=-1", "attack.guided.close=-1"
  };

  @TempDir private static Path folder;

  @BeforeAll
  static void runs() throws IOException {
    TinyRun.drawImages(folder);
    run(OPEN).train("open");
  }

  private static TinyRun run(String... changes) {
    return TinyRun.of(
        folder, Stream.of(PROBED, changes).flatMap(Arrays::stream).toArray(String[]::new));
  }

  @Test
  void aGapThatNeverOpensChangesNothing() throws IOException {
    run().train("plain");
    run("attack.guided.steps=2", "attack.guided.open=1").train("closed");
    RunComparison.assertSame(run().directory("closed"), run().directory("plain"));
  }

  @Test
  void theSwitchIsInTheMetricsOnce() throws IOException {
    assertThat(run().metrics("open").alarms())
        .filteredOn(alarm -> alarm.kind() == Alarm.Kind.ATTACK_GAP)
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.step()).isEqualTo(2);
              assertThat(alarm.response()).isEqualTo(Alarm.Response.MORE_STEPS);
              assertThat(alarm.title()).isEqualTo("epoch 1, step 3: attack gap (more steps)");
              assertThat(alarm.message())
                  .startsWith("of 32 training images, ")
                  .endsWith(": training attacks with 2 steps until it is at most -1.0");
              assertThat(alarm.figures())
                  .containsEntry("attack_steps", 2.0)
                  .containsKeys("one_step_top1", "many_steps_top1");
            });
  }

  /** Until the probe the run is that of one step, from there on that of two. */
  @Test
  void anOpenGapIsTheAttackOfMoreSteps() throws IOException {
    TinyRun two = run("attack.steps=2", "run.allow-changed=[attack]");
    Path open = two.directory("open");
    RunComparison.copyAsKilled(open, two.directory("two"), "epoch-0000-step-000000003");
    two.train("two");
    RunComparison.copyAsKilled(open, two.directory("one"), "epoch-0000-step-000000003");
    run("run.allow-changed=[attack]").train("one");
    assertThat(last("two")).isEqualTo(last("open")).isNotEqualTo(last("one"));
  }

  /** At the probes after steps 3, 5 (an epoch's end) and 6. */
  @Test
  void aGapThatClosesIsTheAttackOfOneStepAgain() throws IOException {
    run("attack.guided.steps=2").gaps(0.5, 0.0625, 0.0).train("closed-again");
    assertThat(run().metrics("closed-again").alarms())
        .filteredOn(alarm -> alarm.kind() == Alarm.Kind.ATTACK_GAP)
        .extracting(Alarm::step, Alarm::response)
        .containsExactly(tuple(2L, Alarm.Response.MORE_STEPS), tuple(5L, Alarm.Response.ONE_STEP));
    TinyRun one = run("run.allow-changed=[attack]");
    RunComparison.copyAsKilled(
        one.directory("closed-again"), one.directory("one-again"), "epoch-0001-step-000000006");
    one.train("one-again");
    assertThat(last("one-again")).isEqualTo(last("closed-again"));
  }

  @Test
  void aGuardThatStopsWaitsForTheGuide() throws IOException {
    String[] stops = {"attack.guided.steps=2", "guard.probe.action=stop"};
    run(stops).gaps(0.5, 0.125).train("helped");
    assertThat(run().metrics("helped").alarms())
        .extracting(Alarm::kind, Alarm::response)
        .containsExactly(
            tuple(Alarm.Kind.CATASTROPHIC_OVERFITTING, Alarm.Response.WARNED),
            tuple(Alarm.Kind.ATTACK_GAP, Alarm.Response.MORE_STEPS));
    assertThat(run().metrics("helped").alarms().get(0).message())
        .endsWith(
            "the model answers the attack, not the images; training attacks with 2 steps from here on (attack.guided)");

    assertThatThrownBy(() -> run(stops).gaps(0.5).train("not-helped"))
        .isInstanceOf(GuardException.class)
        .hasMessageStartingWith("epoch 1, step 5: ")
        .hasMessageEndingWith(
            "the 2 steps of attack.guided.steps do not help: write more, probe more often (guard.probe.every-steps), raise the radius more slowly (eps-schedule.period) or lower optim.lr");
    assertThat(run().metrics("not-helped").alarms())
        .extracting(Alarm::step, Alarm::response)
        .containsExactly(
            tuple(2L, Alarm.Response.WARNED),
            tuple(2L, Alarm.Response.MORE_STEPS),
            tuple(4L, Alarm.Response.STOPPED));
  }

  /** Every step has a checkpoint, before which a guard that goes back looks. */
  @Test
  void aGuardThatGoesBackGoesBackToTheAttackOfMoreSteps() throws IOException {
    String[] back = {"attack.guided.steps=2", "guard.probe.action=rollback"};
    run(back).gaps(0.0, 0.5, 0.5, 0.125, 0.0).train("back");
    assertThat(run().metrics("back").alarms())
        .extracting(Alarm::step, Alarm::response)
        .containsExactly(
            tuple(1L, Alarm.Response.WARNED),
            tuple(1L, Alarm.Response.MORE_STEPS),
            tuple(2L, Alarm.Response.ROLLED_BACK),
            // The third step again, with two attack steps, was measured at 0.125.
            tuple(4L, Alarm.Response.ONE_STEP));
    assertThat(run().metrics("back").steps()).hasSize(8);
    double usual = run().metrics("open").steps().get(3).lr();
    assertThat(run().metrics("back").steps().get(3).lr()).isEqualTo(usual / 2);
  }

  /** A run's end inside an epoch has no checkpoint before its validation. */
  @Test
  void aSwitchIsToldOnceWhereAStopInTheValidationBehindItLeavesThePause() throws IOException {
    String[] three = {"attack.guided.steps=2", "train.max-steps=3"};
    run(three).gaps(0.5).train("three");
    RunControl control = new RunControl();
    assertThatThrownBy(
            () ->
                run(three)
                    .gaps(0.5)
                    .control(control)
                    .beforeRound(round -> control.requestStop())
                    .train("three-stopped"))
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining("after step 3; everything is in checkpoint");
    assertThat(run(three).startingPoint("three-stopped").progress().reinforced()).isFalse();
    run(three).gaps(0.5).train("three-stopped");
    RunComparison.assertSame(run().directory("three-stopped"), run().directory("three"));
    assertThat(run().metrics("three-stopped").alarms())
        .extracting(Alarm::kind)
        .containsExactly(Alarm.Kind.CATASTROPHIC_OVERFITTING, Alarm.Kind.ATTACK_GAP);
  }

  /** Two micro-batches a step: their sum is the same in either order, on one worker or on two. */
  @Test
  void allWorkersAreTold() throws IOException {
    String[] lanes = {"train.micro-batch=8", "guard.probe.every-steps=3", "train.max-steps=8"};
    String[] guided = Stream.of(lanes, OPEN).flatMap(Arrays::stream).toArray(String[]::new);
    String last = "checkpoints/epoch-0001-step-000000008/model.safetensors";
    TinyCluster two = new TinyCluster(folder, 2, guided);
    two.train("two-workers");
    TinyCluster one = new TinyCluster(folder, 1, guided);
    one.train("one-worker");
    assertThat(two.engines()).containsExactly(2);
    assertThat(RunComparison.tensors(two.directory("two-workers").resolve(last)))
        .isEqualTo(RunComparison.tensors(one.directory("one-worker").resolve(last)));
    assertThat(two.metrics("two-workers").alarms())
        .extracting(Alarm::response)
        .containsExactly(Alarm.Response.MORE_STEPS);
  }

  private static Object last(String id) throws IOException {
    return RunComparison.tensors(
        run().directory(id).resolve("checkpoints/epoch-0001-step-000000008/model.safetensors"));
  }

  /** Before the probe that opens the gap, right behind it, and later. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void aRunGoesOnExactlyThroughASwitch(int steps) throws IOException {
    TinyRun run = run(OPEN);
    String id = "killed-" + steps;
    RunComparison.copyAsKilled(
        run.directory("open"), run.directory(id), "epoch-0000-step-%09d".formatted(steps));
    run.train(id);
    RunComparison.assertSame(run.directory(id), run.directory("open"));
    assertThat(run.startingPoint(id).progress().reinforced()).isTrue();
  }
}
