package io.robusttrain.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.card.WeightsKind;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final HandClock clock = new HandClock();

  @Test
  void printsAtMostOneStepLineAnIntervalAndEveryEpoch() {
    try (TrainingProgress progress =
        training(ProgressDisplay.lines(out, clock, Duration.ofSeconds(10)))) {
      for (int step = 0; step < 10; step++) {
        clock.advance(Duration.ofSeconds(4));
        progress.step(step(0, step));
      }
      progress.epoch(new EpochMetrics(0, 2.1, 0.4, 0.32449, 61.5, 512, Map.of(), 0));
    }
    // Steps end at 4, 8, ... seconds: lines at 4, 16, 28, 40; 4 s a step gives the ETA.
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "epoch 1/2  step 1/20  loss 2.2500  eps 4.00/255  lr 1.00e-04  75.5 images/s  ETA 0:01:16",
            "epoch 1/2  step 4/20  loss 2.2500  eps 4.00/255  lr 1.00e-04  75.5 images/s  ETA 0:01:04",
            "epoch 1/2  step 7/20  loss 2.2500  eps 4.00/255  lr 1.00e-04  75.5 images/s  ETA 0:00:52",
            "epoch 1/2  step 10/20  loss 2.2500  eps 4.00/255  lr 1.00e-04  75.5 images/s  ETA 0:00:40",
            "epoch 1/2 done  train loss 2.1000  clean 40.00 %  FGSM 32.45 %  0:01:01");
  }

  /** A resumed run measures its own steps, not those before it. */
  @Test
  void estimatesFromTheStepsOfThisProcess() {
    try (TrainingProgress progress = training(ProgressDisplay.lines(out, clock, Duration.ZERO))) {
      clock.advance(Duration.ofSeconds(30));
      progress.step(step(1, 10));
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("step 11/20")
        .contains("ETA 0:04:30");
  }

  @Test
  void drawsABarWithEpochStepAndEta() {
    try (TrainingProgress progress = training(ProgressDisplay.bar(out, clock))) {
      clock.advance(Duration.ofSeconds(3));
      progress.step(step(1, 19));
      progress.epoch(new EpochMetrics(1, 2.1, Double.NaN, Double.NaN, 2, 512, Map.of(), 0));
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("epoch 2/2 100% [==========] step 20/20  loss 2.2500  eps 4.00/255")
        .contains("ETA 0:00:00\r")
        .contains("epoch 2/2 done  train loss 2.1000  clean -  FGSM -  0:00:02");
  }

  /** Whatever is shown, the line of before is blanked first, so that nothing of it stays. */
  @Test
  void redrawsItsLineTwiceASecondAndAtTheEnd() {
    try (ProgressDisplay display = ProgressDisplay.bar(out, clock)) {
      for (int done = 1; done <= 4; done++) {
        display.show(new Progress("shards", "images", 0, done, 4, done * 0.3, ""));
        clock.advance(Duration.ofMillis(300));
      }
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8).split("\r *\r"))
        .containsExactly(
            "shards  25% [==        ] images 1/4  ETA 0:00:00",
            "shards  75% [=======   ] images 3/4  ETA 0:00:00",
            "shards 100% [==========] images 4/4  ETA 0:00:00");
  }

  @Test
  void theRateIsThatOfThisProcess() {
    Progress resumed = new Progress("stage", "images", 60, 80, 160, 10, "");
    assertThat(resumed.perSecond()).isEqualTo(2);
    assertThat(resumed.with("8/16 blocks").text())
        .isEqualTo("stage  images 80/160  8/16 blocks  ETA 0:00:40");
    assertThat(new Progress("stage", "images", 60, 60, 160, 10, "").text()).endsWith("ETA -");
  }

  @Test
  void refusesAnEmptyPlan() {
    assertThatThrownBy(() -> new TrainingProgress(ProgressDisplay.bar(out, clock), clock, 3, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("3 epochs of 0 steps in all are nothing to do.");
  }

  @Test
  void theTableMarksTheBest() {
    ResultTable table =
        new ResultTable(
            List.of(
                new EpochMetrics(0, 2.1, 0.4, 0.32449, 61.5, 512, Map.of(), 0),
                new EpochMetrics(1, 1.9, 0.51, 1 / 3.0, 60, 512, Map.of(), 0)),
            OptionalInt.of(1),
            WeightsKind.RAW,
            new Path("file:/r/best/model.safetensors"),
            new Path("file:/r"),
            List.of());
    assertThat(table.render().lines())
        .containsExactly(
            " epoch  train loss      clean       FGSM    seconds",
            "     1      2.1000    40.00 %    32.45 %       61.5",
            "     2      1.9000    51.00 %    33.33 %       60.0  <- best",
            "best model     file:/r/best/model.safetensors",
            "run directory  file:/r");
  }

  private TrainingProgress training(ProgressDisplay display) {
    return new TrainingProgress(display, clock, 2, 10);
  }

  private static StepMetrics step(int epoch, long step) {
    return new StepMetrics(epoch, step, 2.25, 4 / 255.0, 1e-4, 0.5, 75.5, 0.125, 0);
  }

  private static final class HandClock extends Clock {
    private Instant now = Instant.EPOCH;

    void advance(Duration duration) {
      now = now.plus(duration);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
