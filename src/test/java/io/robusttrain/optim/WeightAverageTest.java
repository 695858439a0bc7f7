package io.robusttrain.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.commons.lang3.SerializationUtils;
import org.junit.jupiter.api.Test;

/** Averages of the weights against their closed forms. */
@Numeric
class WeightAverageTest {
  private static final int SIZE = 12;
  private static final int STEPS = 20;
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          List.of(
              ParameterSpec.parameter("fc.weight", 2, 4),
              ParameterSpec.parameter("fc.bias", 2),
              ParameterSpec.statistic("bn.running_mean", 2)));

  @Test
  void exponentialAverageIsTheWeightedSum() {
    ExponentialAverage rule = new ExponentialAverage(0.9, ExponentialAverage.Warmup.NONE, 3);
    List<float[]> path = new ArrayList<>();
    AveragingOptimizer optimizer = averaging(List.of(rule));
    float[] weights = train(optimizer, 0, STEPS, start(), path);
    float[] average = optimizer.average("ema");
    for (int i = 0; i < SIZE; i++) {
      // The copy after step 4, then 0.1 of each of w_5 ... w_20.
      double expected = Math.pow(0.9, STEPS - 4) * path.get(3)[i];
      for (int n = 5; n <= STEPS; n++) {
        expected += 0.1 * Math.pow(0.9, STEPS - n) * path.get(n - 1)[i];
      }
      assertThat((double) average[i]).isCloseTo(expected, within(rounding(STEPS - 4, path)));
    }
    assertThat(average).isNotEqualTo(weights);
  }

  /** Of an average: a difference, a product and a sum round with each model that comes in. */
  private static double rounding(int models, List<float[]> path) {
    double largest = path.stream().mapToDouble(Doubles::largest).max().orElseThrow();
    return 3 * models * Rounding.UNIT * largest;
  }

  @Test
  void sharesAreTimms() {
    // ModelEmaV3.get_decay(step), step being the count of updates done.
    ExponentialAverage constant = new ExponentialAverage(0.9998, ExponentialAverage.Warmup.NONE, 0);
    assertThat(constant.share(1)).isEqualTo(1);
    assertThat(constant.share(2)).isEqualTo(1 - 0.9998);
    ExponentialAverage rising = new ExponentialAverage(0.99, ExponentialAverage.Warmup.POWER, 10);
    assertThat(rising.share(10)).isEqualTo(1);
    assertThat(rising.share(11)).isEqualTo(1);
    assertThat(rising.share(12)).isCloseTo(0.6299605249474366, within(1e-15));
    assertThat(rising.share(11 + 26)).isCloseTo(1 / 9.0, within(1e-15));
    // 1000^(-2/3) = 0.01: from here on the decay is the constant.
    assertThat(rising.share(11 + 998)).isGreaterThan(0.01);
    assertThat(rising.share(11 + 1000)).isEqualTo(1 - 0.99);
    assertThat(rising.begun(11)).isFalse();
    assertThat(rising.begun(12)).isTrue();
  }

  @Test
  void equalAverageIsTheMeanOfItsRange() {
    List<float[]> path = new ArrayList<>();
    AveragingOptimizer optimizer = averaging(List.of(new EqualAverage(4, 16, 3)));
    train(optimizer, 0, 9, start(), path);
    assertThat(optimizer.averageNames()).as("one model is no average").isEmpty();
    assertThatThrownBy(() -> optimizer.average("swa"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no average swa after 9 steps");
    train(optimizer, 9, STEPS, path.get(8).clone(), path);
    assertThat(optimizer.averageNames()).containsExactly("swa");
    float[] average = optimizer.average("swa");
    for (int i = 0; i < SIZE; i++) {
      double expected = 0;
      for (int n : new int[] {7, 10, 13, 16}) {
        expected += path.get(n - 1)[i] / 4.0;
      }
      assertThat((double) average[i]).isCloseTo(expected, within(rounding(4, path)));
    }
  }

  @Test
  void aSkippedStepCountsForTheRangeOfAnAverage() {
    List<float[]> path = new ArrayList<>();
    AveragingOptimizer optimizer = averaging(List.of(new EqualAverage(0, 6, 3)));
    float[] weights = train(optimizer, 0, 2, start(), path);
    // The third step of the run is left out, and it is one that is averaged.
    optimizer.skip(weights, 0);
    AveragingOptimizer continued = averaging(List.of(new EqualAverage(0, 6, 3)));
    continued.restore(optimizer.state());
    continued.continueAt(3);
    train(continued, 2, 5, weights, path);
    float[] average = continued.average("swa");
    for (int i = 0; i < SIZE; i++) {
      double expected = (path.get(1)[i] + (double) path.get(4)[i]) / 2;
      assertThat((double) average[i]).isCloseTo(expected, within(rounding(2, path)));
    }
    assertThat(continued.state().steps()).as("steps of the optimiser").isEqualTo(5);
  }

  @Test
  void averagesDoNotChangeTheWeights() {
    float[] plain = train(new AdamW(LAYOUT, 0.5), 0, STEPS, start(), new ArrayList<>());
    assertThat(train(both(), 0, STEPS, start(), new ArrayList<>())).isEqualTo(plain);
  }

  @Test
  void slicesAndACheckpointGiveTheSameBits() {
    AveragingOptimizer whole = both();
    train(whole, 0, STEPS, start(), new ArrayList<>());

    AveragingOptimizer first = both();
    float[] weights = train(first, 0, 9, start(), new ArrayList<>());
    SliceState saved = SerializationUtils.clone(first.state());
    List<SliceState> parts = new ArrayList<>();
    for (int from = 0; from < SIZE; from += 5) {
      int length = Math.min(5, SIZE - from);
      AveragingOptimizer part = both();
      part.restore(SliceStates.cut(saved, from, length));
      for (int step = 9; step < STEPS; step++) {
        part.step(weights, from, gradients(step), from, length, from, at());
      }
      parts.add(part.state());
    }
    SliceState joined = SliceStates.join(parts);
    assertThat(joined.steps()).isEqualTo(STEPS);
    assertThat(joined.moments()).containsOnlyKeys("ema", "swa", "exp_avg", "exp_avg_sq");
    joined
        .moments()
        .forEach(
            (name, values) ->
                assertThat(values).as(name).isEqualTo(whole.state().moments().get(name)));
  }

  @Test
  void aStateWithoutTheAverageIsRefused() {
    AdamW plain = new AdamW(LAYOUT, 0.5);
    train(plain, 0, 1, start(), new ArrayList<>());
    assertThatThrownBy(() -> both().restore(plain.state()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no average ema")
        .hasMessageContaining("continue with the averages that the run began with");
  }

  private static AveragingOptimizer averaging(List<WeightAverage> rules) {
    return new AveragingOptimizer(new AdamW(LAYOUT, 0.5), rules);
  }

  private static AveragingOptimizer both() {
    return averaging(
        List.of(
            new ExponentialAverage(0.9, ExponentialAverage.Warmup.POWER, 0),
            new EqualAverage(2, STEPS, 1)));
  }

  /** The weights after steps {@code [from, to)}; those after each step are added to the path. */
  private static float[] train(
      SliceOptimizer optimizer, int from, int to, float[] weights, List<float[]> path) {
    for (int step = from; step < to; step++) {
      optimizer.step(weights, 0, gradients(step), 0, SIZE, 0, at());
      path.add(weights.clone());
    }
    return weights;
  }

  private static StepHyperparameters at() {
    return StepHyperparameters.of(1e-2, 0.1);
  }

  private static float[] start() {
    return draws(-1);
  }

  private static float[] gradients(int step) {
    return draws(step);
  }

  private static float[] draws(long seed) {
    Random random = new Random(seed);
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
