package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.report.Alarm;
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
    "validation.steps=1",
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
