package io.robusttrain.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.speed.SpeedResult.EngineKind;
import io.robusttrain.train.worker.StepArithmetic;
import java.util.List;
import java.util.stream.DoubleStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The arithmetic of the figures, against numbers worked out by hand. */
class SpeedResultTest {
  private static final Offset<Double> EXACT = within(1e-12);
  private static final Architecture MODEL =
      ModelRegistry.create("xcit_small_12_p16_224", ModelOptions.none());

  @Test
  void ratesFollowFromTheStepsAndTheMacs() {
    SpeedResult result = result(EngineKind.IN_PROCESS);
    // Steps of 4, 2 and 1 s with 8 images each.
    assertThat(result.imagesPerSecond()).isEqualTo(new Spread(4, 2, 8));
    assertThat(result.stepSeconds()).isEqualTo(new Spread(2, 1, 4));
    double gigaflops = 4 * 10 * MODEL.macsPerImage() / 1e9;
    assertThat(result.gigaflops()).isCloseTo(gigaflops, within(1e-9));
    assertThat(result.matrixRate()).isEqualTo(new MatrixRate(110, 150));
    assertThat(result.ratio()).isCloseTo(gigaflops / 110, EXACT);
    assertThat(result.ratioToBest()).isCloseTo(gigaflops / 150, EXACT);
  }

  @Test
  void sharesAreOfTheWholeTimeAndAddUp() {
    SpeedResult result = result(EngineKind.BIGDL);
    assertThat(result.share(times -> times.own().attack())).isCloseTo(2.0 / 7, EXACT);
    assertThat(result.share(times -> times.own().train())).isCloseTo(3.0 / 7, EXACT);
    assertThat(result.share(times -> times.own().data())).isCloseTo(0.25 / 7, EXACT);
    assertThat(result.share(times -> times.own().update())).isCloseTo(0.75 / 7, EXACT);
    assertThat(result.share(StepTimes::exchange)).isCloseTo(1.0 / 7, EXACT);
    assertThat(result.exchangeSeconds().max()).isCloseTo(0.5, EXACT);
  }

  @Test
  void theSlowestWorkerIsTheOneWithTheLargestSumNotTheLargestParts() {
    StepTimes step = StepTimes.of(10, List.of(new OwnTimes(5, 1, 0, 0), new OwnTimes(1, 3, 1, 2)));
    assertThat(step.own()).isEqualTo(new OwnTimes(1, 3, 1, 2));
    assertThat(step.exchange()).isEqualTo(3);
  }

  @Test
  void aSpreadHasTheMiddleOfTheSortedFigures() {
    assertThat(Spread.of(DoubleStream.of(5, 1, 4, 2))).isEqualTo(new Spread(3, 1, 5));
    assertThatThrownBy(() -> Spread.of(DoubleStream.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aProductIsTwoOperationsForEachMultiplyAdd() {
    assertThat(MatrixRate.gigaflops(0.1)).isCloseTo(2 * 8.589934592 / 0.1, within(1e-9));
    assertThat(MatrixRate.sum(List.of(new MatrixRate(60, 65), new MatrixRate(50, 70))))
        .isEqualTo(new MatrixRate(110, 135));
  }

  @Test
  void readsThePeakFromTheKernelsStatus() {
    assertThat(PeakMemory.bytes(List.of("VmPeak:\t 9 kB", "VmHWM:\t  1234 kB", "VmRSS:\t 1 kB")))
        .isEqualTo(1234 * 1024);
    assertThatThrownBy(() -> PeakMemory.bytes(List.of("VmRSS: 1 kB")))
        .hasMessageContaining("VmHWM");
  }

  @Test
  void jsonHoldsEveryFigure() {
    JsonNode json = SpeedJson.of(result(EngineKind.BIGDL));
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "model",
            "img_size",
            "num_classes",
            "parameters",
            "macs_per_image",
            "engine",
            "device",
            "precision",
            "executors",
            "replicas_per_executor",
            "threads_per_executor",
            "batch",
            "micro_batch",
            "warmup",
            "steps",
            "images_per_s",
            "step_seconds",
            "gflops",
            "sgemm_gflops",
            "blas",
            "sgemm_ratio",
            "sgemm_ratio_to_best",
            "peak_rss_bytes",
            "shares",
            "overhead_seconds",
            "overhead_share");
    assertThat(json.get("images_per_s").toString())
        .isEqualTo("{\"median\":4.0,\"min\":2.0,\"max\":8.0}");
    assertThat(json.get("sgemm_gflops").toString())
        .isEqualTo(
            "{\"before\":{\"median\":100.0,\"best\":120.0},\"after\":{\"median\":120.0,\"best\":150.0},\"median\":110.0,\"best\":150.0}");
    assertThat(json.get("shares").fieldNames())
        .toIterable()
        .containsExactly("attack", "forward_backward", "exchange", "optimiser", "data");
    assertThat(json.get("overhead_share").asDouble()).isCloseTo(1.0 / 7, EXACT);
    assertThat(SpeedJson.of(result(EngineKind.IN_PROCESS)).has("overhead_share")).isFalse();
  }

  @Test
  void textHasALineForEachFigure() {
    assertThat(SpeedText.of(result(EngineKind.BIGDL)).lines().toList())
        .hasSize(12)
        .contains(
            "computed   in fp32 on cpu",
            "images/s   4.000 (2.000 to 8.000)",
            "sgemm      100.0 GFLOP/s before (best 120.0), 120.0 after (best 150.0), oneMKL",
            "time       attack 28.6 %, forward/backward 42.9 %, exchange 14.3 %, optimiser 10.7 %, data 3.6 %",
            "overhead   0.250 s an iteration (0.250 to 0.500), 14.3 % of all iterations",
            "peak RSS   3 MB");
    assertThat(SpeedText.of(result(EngineKind.IN_PROCESS))).doesNotContain("overhead");
  }

  @Test
  void warnsWhenTheYardstickMoved() {
    SpeedResult moved = result(EngineKind.IN_PROCESS);
    assertThat(SpeedText.of(moved)).contains("repeat when idle");
    MatrixRate steady = new MatrixRate(100, 105);
    SpeedResult idle =
        new SpeedResult(moved.plan(), moved.engine(), moved.times(), steady, steady, "oneMKL", 1);
    assertThat(SpeedText.of(idle)).doesNotContain("repeat when idle");
  }

  @Test
  void aPlanRefusesSharesThatAreNotEqual() {
    assertThatThrownBy(() -> new SpeedPlan(MODEL, 2, 1, 1, 33, 16, 0, 1, StepArithmetic.CPU))
        .hasMessage("2 executors cannot share a batch of 33 equally: choose a multiple");
    assertThatThrownBy(() -> new SpeedPlan(MODEL, 2, 1, 1, 32, 12, 0, 1, StepArithmetic.CPU))
        .hasMessageContaining("choose a micro-batch that divides 16");
    assertThatThrownBy(() -> new SpeedPlan(MODEL, 1, 2, 1, 33, 16, 0, 1, StepArithmetic.CPU))
        .hasMessage("2 replicas cannot share a batch of 33 equally: choose a multiple");
    assertThatThrownBy(() -> new SpeedPlan(MODEL, 1, 1, 1, 8, 8, 0, 0, StepArithmetic.CPU))
        .hasMessageContaining("at least 1");
  }

  private static SpeedResult result(EngineKind engine) {
    return new SpeedResult(
        new SpeedPlan(MODEL, 2, 1, 1, 8, 4, 0, 3, StepArithmetic.CPU),
        engine,
        List.of(
            new StepTimes(4, new OwnTimes(1, 2, 0.125, 0.375)),
            new StepTimes(2, new OwnTimes(0.5, 0.75, 0.0625, 0.1875 + 0.25)),
            new StepTimes(1, new OwnTimes(0.5, 0.25, 0.0625, -0.0625))),
        new MatrixRate(100, 120),
        new MatrixRate(120, 150),
        "oneMKL",
        3 << 20);
  }
}
