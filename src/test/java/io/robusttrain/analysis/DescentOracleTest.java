package io.robusttrain.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.analysis.Landscape.StepRule;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.base.Json;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Losses of PGD and what is made of them, against PyTorch's own from the same starts, and against
 * closed forms of a linear model.
 *
 * <p>The recorded network is computed in float64. Its paths branch at signs of gradients, of which
 * the smallest is 1e-5: rounding, 1e-16 of numbers of the order 1 in a few hundred operations,
 * turns none. What is left is the rounding of one forward pass.
 */
@Numeric
class DescentOracleTest {
  private static final double ROUNDING = 1e-11;

  private ToyNetwork toy;
  private PointerScope scope;

  @BeforeEach
  void start() throws IOException {
    Arithmetic.start();
    toy = ToyNetwork.read();
    scope = new PointerScope();
  }

  @AfterEach
  void stop() {
    scope.close();
  }

  private double[][] losses(MeasuredDescent descent, int start) {
    return descent.on(new Victim(toy), toy.pixels(), toy.labels(), toy.start(start)).losses();
  }

  private MeasuredDescent scaled(int steps) {
    return MeasuredDescent.atTheEnd(ProjectedGradientDescent.linf(toy.epsilon(), steps));
  }

  @Test
  void noGradientOfTheRecordingIsNearATie() {
    assertThat(toy.recorded().path("smallest_gradient").asDouble()).isGreaterThan(1e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 10, 20})
  void theFinalLossesArePyTorchs(int steps) {
    double[][] expected =
        Json.array(toy.recorded().path("ends"), Integer.toString(steps), double[][].class);
    for (int start = 0; start < toy.starts(); start++) {
      double[][] actual = losses(scaled(steps), start);
      for (int image = 0; image < toy.images(); image++) {
        assertThat(actual[image][0])
            .as("start %d, image %d", start, image)
            .isCloseTo(expected[start][image], within(ROUNDING));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 10})
  void theEffectivenessIsPyTorchs(int steps) {
    double[] expected =
        Json.array(toy.recorded().path("percents"), Integer.toString(steps), double[].class);
    int oracle = toy.recorded().path("oracle_steps").asInt();
    for (int start = 0; start < toy.starts(); start++) {
      double percent =
          Effectiveness.percent(
              mean(losses(scaled(steps), start)), mean(losses(scaled(oracle), start)));
      assertThat(percent).as("start %d", start).isCloseTo(expected[start], within(100 * ROUNDING));
    }
  }

  private static double mean(double[][] losses) {
    return Arrays.stream(losses).mapToDouble(image -> image[0]).average().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(StepRule.class)
  void theLossAtEveryStepIsPyTorchs(StepRule rule) {
    double[][] expected =
        Json.array(
            toy.recorded(),
            rule == StepRule.SCALED ? "scaled_trace" : "fixed_trace",
            double[][].class);
    int steps = expected.length - 1;
    ThreatModel threat = ThreatModel.linf(toy.epsilon());
    double[][] actual = losses(MeasuredDescent.everywhere(rule.descent(threat, steps)), 0);
    for (int step = 0; step <= steps; step++) {
      for (int image = 0; image < toy.images(); image++) {
        assertThat(actual[image][step])
            .as("step %d, image %d", step, image)
            .isCloseTo(expected[step][image], within(ROUNDING));
      }
    }
  }

  @Test
  void aReadingOnTheWayIsThatOfTheTrace() {
    ProjectedGradientDescent descent = ProjectedGradientDescent.linf(toy.epsilon(), 10);
    double[][] everywhere = losses(MeasuredDescent.everywhere(descent), 1);
    double[][] some = losses(new MeasuredDescent(descent, new int[] {0, 3, 10}), 1);
    for (int image = 0; image < toy.images(); image++) {
      assertThat(some[image])
          .containsExactly(everywhere[image][0], everywhere[image][3], everywhere[image][10]);
    }
  }

  /**
   * Two classes with logits 0 and w x: to raise the loss of class 1 every step goes against the
   * sign of w, wherever the point is, and the loss is log(1 + e^(-w x)).
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void ofALinearModelTheLossHasAClosedForm(int steps) {
    int values = 12;
    double epsilon = 0.1;
    Random random = new Random(5);
    double[] weight = random.doubles(values, -1, 1).toArray();
    double[] image = random.doubles(values, 0.3, 0.7).toArray();
    double[] noise = random.doubles(values, -1, 1).toArray();
    double product = 0;
    for (int i = 0; i < values; i++) {
      double start = clamp(epsilon * noise[i] + 1e-5, epsilon);
      // All steps together go 1.5 epsilon, and stop at the ball.
      double delta = clamp(start - 1.5 * epsilon * Math.signum(weight[i]), epsilon);
      product += weight[i] * (image[i] + delta);
    }
    NoiseSource start = batch -> Doubles.tensor(noise, 1, 3, 2, 2);
    double[][] losses =
        MeasuredDescent.atTheEnd(ProjectedGradientDescent.linf(epsilon, steps))
            .on(
                new Victim(new Linear(weight)),
                Pixels.of(Doubles.tensor(image, 1, 3, 2, 2)),
                Tensors.labels(new int[] {1}, ComputeDevice.CPU),
                start)
            .losses();
    assertThat(losses[0][0]).isCloseTo(Math.log1p(Math.exp(-product)), within(ROUNDING));
  }

  private static double clamp(double value, double limit) {
    return Math.max(-limit, Math.min(limit, value));
  }

  @Test
  void theRelativeDifferenceIsInPercentOfTheOraclesLoss() {
    assertThat(Effectiveness.percent(0.9, 1.2)).isCloseTo(25, within(1e-12));
    assertThat(Effectiveness.percent(1.5, 1.2)).isCloseTo(25, within(1e-12));
    assertThat(Effectiveness.percent(1.2, 1.2)).isZero();
    assertThat(Effectiveness.percent(0.5, 0)).isNaN();
  }

  @Test
  void theSpreadIsThatOfASample() {
    Summary summary = Summary.of(1, 2, 6);
    assertThat(summary.mean()).isEqualTo(3);
    assertThat(summary.deviation()).isCloseTo(Math.sqrt(7), within(1e-12));
    assertThat(Summary.of(4).deviation()).isNaN();
    assertThat(Summary.read(Summary.of(4).json())).isEqualTo(Summary.of(4));
  }

  /** A gradient without a sign would leave the image where it is, as if nothing could be found. */
  @Test
  void aGradientThatIsNotFiniteEndsTheAttack() {
    // The root of 0, whose slope is infinite, of pixels that do not count: infinity times 0.
    Classifier flat =
        (pixels, pass) ->
            Tensors.scoped(
                () -> {
                  Tensor roots = pixels.flatten(1, -1).mul(new Scalar(0.0)).sqrt();
                  return roots.narrow(1, 0, 4);
                });
    assertThatThrownBy(
            () ->
                MeasuredDescent.atTheEnd(ProjectedGradientDescent.linf(0.1, 2))
                    .on(new Victim(flat), toy.pixels(), toy.labels(), toy.start(0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("the gradient of ")
        .hasMessageContaining("%d images is not finite".formatted(toy.images()));
  }

  /** Logits 0 and the product of the weights and the pixels, in float64. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Linear(double[] weight) implements Classifier {
    @Override
    public Tensor forward(Tensor pixels, ForwardPass pass) {
      return Tensors.scoped(
          () -> {
            double[] both = new double[2 * weight.length];
            System.arraycopy(weight, 0, both, weight.length, weight.length);
            return pixels.flatten(1, -1).matmul(Doubles.tensor(both, 2, weight.length).t());
          });
    }
  }
}
