package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.Alarm.Kind;
import io.robusttrain.report.Alarm.Response;
import io.robusttrain.report.MetricsLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each guard, provoked in a whole run on two executors of one machine. */
@Tag("slow")
class GuardedTrainingTest {
  private static final int GUARD = 4;

  /** Two epochs of five steps; the rate is tiny in the first and as given in the second. */
  private static final double WARM_UP = 1e-6;

  @TempDir private static Path folder;
  private static TinyTraining training;

  @BeforeAll
  static void images() {
    training = TinyTraining.withImages(folder);
  }

  @Test
  void stepsThatAreNotFiniteAreSkippedThenTheRunStops() throws IOException {
    TinyTraining.Outcome run =
        training.train(
            "overflow",
            // Weights grow by the factor of 10^7 with each step.
            "optim.lr=1000",
            "optim.lr-scaling=linear",
            "optim.lr-base-size=1",
            "optim.weight-decay=1000",
            "lr-schedule.type=constant",
            "lr-schedule.warmup-epochs=0",
            "guard.max-skipped-steps=1",
            "distribution.executors=2");
    assertThat(run.code()).as(run.err()).isEqualTo(GUARD);
    assertThat(run.err())
        .containsPattern(
            "error: epoch 1, step \\d+: loss .*micro-batch 1 is not finite, first in the .* of \\S+")
        .contains(
            "2 steps of this epoch were not finite, and guard.max-skipped-steps is 1",
            "lower optim.lr",
            "submit the run id again");
    List<Alarm> alarms = training.metrics("overflow").alarms();
    assertThat(alarms).extracting(Alarm::kind).containsOnly(Kind.NON_FINITE);
    assertThat(alarms)
        .extracting(Alarm::response)
        .containsExactly(Response.SKIPPED, Response.STOPPED);
    assertThat(alarms.get(1).step()).isEqualTo(alarms.get(0).step() + 1);
    assertThat(run.out()).contains("non finite (skipped): loss", "alarm          epoch 1");
    assertThat(Files.readString(training.run("overflow").resolve("report.html")))
        .contains(">Alarms</h2>", "guard.max-skipped-steps");
  }

  @Test
  void accuracyAtChanceAfterTheWarmUpStops() throws IOException {
    TinyTraining.Outcome run =
        training.train(
            "idle", "optim.lr=1e-5", "guard.no-learning.after=1", "guard.no-learning.action=stop");
    assertThat(run.code()).as(run.err()).isEqualTo(GUARD);
    assertThat(run.err()).contains("epoch 2, step 10: after 2 epochs the accuracy is");
    MetricsLog.Content metrics = training.metrics("idle");
    assertThat(metrics.epochs()).hasSize(2);
    assertThat(metrics.alarms())
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.kind()).isEqualTo(Kind.NO_LEARNING);
              assertThat(alarm.figures()).containsKeys("clean_top1", "robust_top1", "chance");
            });
  }

  @Test
  void aLossSpikeTakesTheRunBackToItsCheckpointAtHalfTheRate() throws IOException {
    String[] settings = {
      "optim.lr=0.5",
      "lr-schedule.type=constant",
      "lr-schedule.warmup-lr=" + WARM_UP,
      "guard.loss-spike.window=4",
      "guard.loss-spike.factor=1.5",
      "guard.max-rollbacks=2"
    };
    TinyTraining.Outcome warned = training.train("warned", with(settings, "warn"));
    assertThat(warned.code()).as(warned.err()).isZero();
    Alarm first = training.metrics("warned").alarms().get(0);
    assertThat(first.kind()).isEqualTo(Kind.LOSS_SPIKE);
    assertThat(first.response()).isEqualTo(Response.WARNED);
    assertThat(first.epoch()).isEqualTo(1);
    assertThat(first.figures().get("loss")).isGreaterThan(1.5 * first.figures().get("median"));

    TinyTraining.Outcome back = training.train("back", with(settings, "rollback"));
    assertThat(back.code()).as(back.err()).isEqualTo(GUARD);
    assertThat(back.err()).contains("the run has gone back 2 times already (guard.max-rollbacks)");
    assertThat(back.out())
        .contains(
            "going on from epoch 2 with 0.5 times the learning rate",
            "going on from epoch 2 with 0.25 times the learning rate");
    MetricsLog.Content metrics = training.metrics("back");
    assertThat(metrics.alarms())
        .extracting(Alarm::response)
        .containsExactly(Response.ROLLED_BACK, Response.ROLLED_BACK, Response.STOPPED);
    assertThat(metrics.alarms().get(0).figures()).isEqualTo(first.figures());
    // The same weights and moments at the beginning of the epoch, then a quarter of the rate.
    var again = metrics.steps().get(5);
    var once = training.metrics("warned").steps().get(5);
    assertThat(again.step()).isEqualTo(5);
    assertThat(again.loss()).isEqualTo(once.loss());
    assertThat(again.gradNorm()).isEqualTo(once.gradNorm());
    assertThat(again.lr()).isEqualTo(once.lr() / 4);
  }

  @Test
  void withoutACheckpointTheRunGoesBackToItsStart() throws IOException {
    String[] settings = {
      "optim.lr=0.5",
      "lr-schedule.type=constant",
      "lr-schedule.warmup-lr=" + WARM_UP,
      "checkpoint.every=2",
      "guard.loss-spike.window=4",
      "guard.loss-spike.factor=1.5",
      "guard.max-rollbacks=1"
    };
    TinyTraining.Outcome run = training.train("start", with(settings, "rollback"));
    assertThat(run.code()).as(run.err()).isEqualTo(GUARD);
    assertThat(run.out()).contains("going on from epoch 1 with 0.5 times the learning rate");
    var steps = training.metrics("start").steps();
    assertThat(steps.get(0).step()).isZero();
    assertThat(steps.get(0).lr()).isEqualTo(WARM_UP / 2);
    // Random weights and no moments, as a run that was not watched has them.
    assertThat(training.train("unwatched", with(settings, "off")).code()).isZero();
    assertThat(steps.get(0).loss()).isEqualTo(training.metrics("unwatched").steps().get(0).loss());
    assertThat(steps.get(0).gradNorm())
        .isEqualTo(training.metrics("unwatched").steps().get(0).gradNorm());
  }

  @Test
  void probesLeaveTrainingAsItIs() throws IOException {
    String end = "train.max-steps=7";
    assertThat(training.train("unprobed", end, "guard.probe.action=off").code()).isZero();
    assertThat(training.train("probed", end, "guard.probe.every-steps=2").code()).isZero();
    var expected = training.metrics("unprobed").steps();
    var actual = training.metrics("probed").steps();
    assertThat(actual).hasSize(7);
    for (int i = 0; i < actual.size(); i++) {
      assertThat(actual.get(i).loss()).as("step %d", i).isEqualTo(expected.get(i).loss());
      assertThat(actual.get(i).gradNorm()).isEqualTo(expected.get(i).gradNorm());
    }
    assertThat(TinyTraining.tensors(training.run("probed").resolve("best/model.safetensors")))
        .isEqualTo(
            TinyTraining.tensors(training.run("unprobed").resolve("best/model.safetensors")));
  }

  private static String[] with(String[] settings, String action) {
    List<String> all = new java.util.ArrayList<>(List.of(settings));
    all.add("guard.loss-spike.action=" + action);
    return all.toArray(String[]::new);
  }
}
