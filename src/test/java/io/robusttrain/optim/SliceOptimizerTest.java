package io.robusttrain.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The optimisers against recorded steps of PyTorch's, and their handling of slices. */
@Numeric
class SliceOptimizerTest {
  private static final SafetensorsFixture STEPS =
      SafetensorsFixture.read("golden/optim/steps.safetensors");
  private static final int PARAMETERS = 40;
  private static final int STATISTICS = 6;
  private static final int SIZE = PARAMETERS + STATISTICS;
  private static final double[] RATES = {1e-3, 5e-4, 1e-2, 0.0, 3e-4, 1e-3};
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          List.of(
              ParameterSpec.parameter("fc.weight", 4, 6),
              ParameterSpec.parameter("fc.bias", 16),
              ParameterSpec.statistic("bn.running_mean", 3),
              ParameterSpec.statistic("bn.running_var", 3)));

  enum Kind {
    ADAMW("adamw"),
    SGD("sgd");

    final String fixture;

    Kind(String fixture) {
      this.fixture = fixture;
    }

    SliceOptimizer create() {
      return switch (this) {
        case ADAMW -> new AdamW(LAYOUT, 0.5);
        case SGD -> new Sgd(LAYOUT, UpdateRanges.whole(LAYOUT), Sgd.Momentum.NESTEROV, 0.9, 0.5);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void stepsAreTorchs(Kind kind) {
    SliceOptimizer optimizer = kind.create();
    float[] weights = start();
    float[] expected = STEPS.floats(kind.fixture + ".weights");
    double largest = Doubles.largest(expected);
    for (int step = 0; step < RATES.length; step++) {
      optimizer.step(weights, 0, gradients(step), 0, SIZE, 0, at(step));
      for (int i = 0; i < PARAMETERS; i++) {
        float reference = expected[step * PARAMETERS + i];
        // Decay, step and their difference round, each of the size of a weight at most.
        assertThat(weights[i])
            .isCloseTo(reference, within(Rounding.apart(3 * (step + 1), largest)));
      }
    }
    optimizer
        .state()
        .moments()
        .forEach(
            (name, values) -> {
              float[] moment = STEPS.floats(kind.fixture + "." + name);
              for (int i = 0; i < PARAMETERS; i++) {
                // Two products and a sum in each step.
                assertThat(values[i])
                    .isCloseTo(
                        moment[i],
                        within(Rounding.apart(3 * RATES.length, Doubles.largest(moment))));
              }
              assertThat(Arrays.copyOfRange(values, PARAMETERS, SIZE)).containsOnly(0f);
            });
    assertThat(optimizer.state().steps()).isEqualTo(RATES.length);
  }

  @Test
  void classicalMomentumStepsAlongTheVelocity() {
    SliceOptimizer optimizer =
        new Sgd(LAYOUT, UpdateRanges.whole(LAYOUT), Sgd.Momentum.CLASSICAL, 0.9, 0);
    float[] weights = start();
    double expected = weights[0];
    double velocity = 0;
    double largest = Math.abs(expected);
    for (int step = 0; step < RATES.length; step++) {
      float[] gradients = gradients(step);
      optimizer.step(weights, 0, gradients, 0, SIZE, 0, at(step));
      velocity = 0.9 * velocity + gradients[0];
      expected -= RATES[step] * velocity;
      largest = Math.max(largest, Math.abs(expected));
    }
    // Two products, a sum and a difference in each step, of sizes below that of the weight.
    assertThat((double) weights[0])
        .isCloseTo(expected, within(4 * RATES.length * Rounding.UNIT * largest));
  }

  @ParameterizedTest
  @EnumSource
  void statisticsFollowTheMovingAverage(Kind kind) {
    SliceOptimizer optimizer = kind.create();
    float[] weights = start();
    double running = weights[SIZE - 1];
    for (int step = 0; step < RATES.length; step++) {
      float[] gradients = gradients(step);
      optimizer.step(weights, 0, gradients, 0, SIZE, 0, at(step));
      running = 0.81 * running + 0.19 * gradients[SIZE - 1];
    }
    assertThat(weights[SIZE - 1])
        .isCloseTo((float) running, within(Rounding.apart(3 * RATES.length, 1)));
  }

  @ParameterizedTest
  @EnumSource
  void slicesGiveTheSameBits(Kind kind) {
    float[] whole = trained(kind, SIZE);
    assertThat(trained(kind, 23)).isEqualTo(whole);
    assertThat(trained(kind, 16)).isEqualTo(whole);
    assertThat(trained(kind, 7)).isEqualTo(whole);
  }

  /** Trains with slices of a size, each in an array with an offset of its own. */
  private static float[] trained(Kind kind, int sliceSize) {
    float[] result = new float[SIZE];
    for (int from = 0; from < SIZE; from += sliceSize) {
      int length = Math.min(sliceSize, SIZE - from);
      SliceOptimizer optimizer = kind.create();
      int offset = from % 5;
      float[] weights = new float[offset + length + 2];
      System.arraycopy(start(), from, weights, offset, length);
      for (int step = 0; step < RATES.length; step++) {
        optimizer.step(weights, offset, gradients(step), from, length, from, at(step));
      }
      System.arraycopy(weights, offset, result, from, length);
      assertThat(weights[offset + length]).isZero();
    }
    return result;
  }

  @ParameterizedTest
  @EnumSource
  void continuesFromASavedStateOnOtherSlices(Kind kind) throws Exception {
    float[] expected = trained(kind, SIZE);
    float[] weights = start();
    List<SliceState> states = new ArrayList<>();
    for (int from : new int[] {20, 0}) {
      int length = from == 0 ? 20 : SIZE - 20;
      SliceOptimizer optimizer = copy(kind.create());
      for (int step = 0; step < 3; step++) {
        optimizer.step(weights, from, gradients(step), from, length, from, at(step));
      }
      states.add(copy(optimizer.state()));
    }
    SliceState joined = SliceStates.join(states);
    assertThat(joined.start()).isZero();
    assertThat(joined.length()).isEqualTo(SIZE);
    for (int from : new int[] {0, 11, 33}) {
      int length = from == 0 ? 11 : from == 11 ? 22 : SIZE - 33;
      SliceOptimizer optimizer = kind.create();
      optimizer.restore(SliceStates.cut(joined, from, length));
      for (int step = 3; step < RATES.length; step++) {
        optimizer.step(weights, from, gradients(step), from, length, from, at(step));
      }
    }
    assertThat(weights).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void scalesParameterGradientsAlone(Kind kind) {
    float[] halved = start();
    float[] scaled = start();
    float[] gradients = gradients(0);
    float[] half = gradients.clone();
    for (int i = 0; i < PARAMETERS; i++) {
      half[i] *= 0.5f;
    }
    kind.create().step(halved, 0, half, 0, SIZE, 0, StepHyperparameters.of(1e-3, 0.1));
    kind.create().step(scaled, 0, gradients, 0, SIZE, 0, new StepHyperparameters(1e-3, 0.5, 0.1));
    assertThat(scaled).isEqualTo(halved);
  }

  @ParameterizedTest
  @EnumSource
  void sumsSquaresOfParametersOfASlice(Kind kind) {
    float[] gradients = gradients(2);
    double expected = 0;
    for (int i = 0; i < PARAMETERS; i++) {
      expected += (double) gradients[i] * gradients[i];
    }
    SliceOptimizer optimizer = kind.create();
    assertThat(optimizer.sumOfSquares(gradients, 0, SIZE, 0))
        .isCloseTo(expected, within(SIZE * 0x1p-53 * expected));
    double parts =
        optimizer.sumOfSquares(gradients, 0, 19, 0)
            + optimizer.sumOfSquares(gradients, 19, SIZE - 19, 19);
    assertThat(parts).isCloseTo(expected, within(SIZE * 0x1p-53 * expected));
    assertThat(optimizer.sumOfSquares(gradients, PARAMETERS, STATISTICS, PARAMETERS)).isZero();
  }

  @Test
  void refusesWhatIsNotItsSlice() {
    SliceOptimizer optimizer = Kind.ADAMW.create();
    float[] vector = new float[SIZE + 10];
    StepHyperparameters any = StepHyperparameters.of(1, 0.1);
    assertThatThrownBy(optimizer::state)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no state before its first step");
    assertThatThrownBy(() -> optimizer.step(vector, 0, vector, 0, SIZE, 1, any))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("slice [1, 47) is not inside the flat vector of 46 elements");
    assertThatThrownBy(() -> optimizer.step(vector, 20, vector, 0, SIZE, 0, any))
        .isInstanceOf(IndexOutOfBoundsException.class);
    optimizer.step(vector, 0, vector, 0, 10, 0, any);
    assertThatThrownBy(() -> optimizer.step(vector, 0, vector, 0, 10, 10, any))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("of slice [0, 10), the step of [10, 20)");
    assertThatThrownBy(() -> Kind.SGD.create().restore(optimizer.state()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[momentum_buffer]")
        .hasMessageContaining("[exp_avg, exp_avg_sq]");
  }

  @Test
  void refusesStatesThatDoNotFit() {
    assertThatThrownBy(() -> new SliceState(0, 3, 1, Map.of("exp_avg", new float[2])))
        .hasMessageContaining("exp_avg has 2 elements, its slice 3");
  }

  @Test
  void refusesImpossibleSettings() {
    assertThatThrownBy(() -> new AdamW(LAYOUT, 1, 0.999, 1e-8, 0)).hasMessageContaining("betas");
    assertThatThrownBy(
            () -> new Sgd(LAYOUT, UpdateRanges.whole(LAYOUT), Sgd.Momentum.NESTEROV, 0.9, -1))
        .hasMessageContaining("weight decay");
    assertThatThrownBy(() -> StepHyperparameters.of(Double.NaN, 0.1))
        .hasMessageContaining("learning rate");
    assertThatThrownBy(() -> StepHyperparameters.of(1, 1.5))
        .hasMessageContaining("statistics momentum must lie in [0, 1.0]: 1.5");
  }

  private static StepHyperparameters at(int step) {
    return StepHyperparameters.of(RATES[step], 0.19);
  }

  private static float[] start() {
    float[] weights = Arrays.copyOf(STEPS.floats("weights"), SIZE);
    Arrays.fill(weights, PARAMETERS, SIZE, 0.25f);
    return weights;
  }

  private static float[] gradients(int step) {
    float[] all = STEPS.floats("gradients");
    float[] gradients = new float[SIZE];
    System.arraycopy(all, step * PARAMETERS, gradients, 0, PARAMETERS);
    Random random = new Random(step);
    for (int i = PARAMETERS; i < SIZE; i++) {
      gradients[i] = random.nextFloat();
    }
    return gradients;
  }

  @SuppressWarnings({"unchecked", "BanSerializableRead"}) // a round trip of our own bytes
  private static <T> T copy(T object) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (T) in.readObject();
    }
  }
}
