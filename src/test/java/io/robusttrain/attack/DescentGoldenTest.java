package io.robusttrain.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.attack.pgd.ProjectedGradientDescent.Start;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PGD against recorded float32 runs of the reference, whose every point is stored. */
@Numeric
class DescentGoldenTest {
  private static final SafetensorsFixture TRACES =
      SafetensorsFixture.read("golden/attacks/pgd_traces.safetensors");
  private static final SafetensorsFixture MODEL = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final int IMAGES = 6;
  private static final int VALUES = 3 * 16 * 16;
  private static final int SIZE = IMAGES * VALUES;
  private static final long[] SHAPE = {IMAGES, 3, 16, 16};
  private static final double RADIUS = 8 / 255.0;

  private FlatParameters parameters;
  private PointerScope scope;
  private CnnTwins twins;

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = ToyCnn.parameters(MODEL);
    scope = new PointerScope();
    twins = new CnnTwins(MODEL, 8);
  }

  @AfterEach
  void stop() {
    scope.close();
    twins.close();
    parameters.close();
  }

  @ParameterizedTest
  @CsvSource({"1, 0.047058823529411764", "10, 0.004705882352941176"})
  void everyStepIsTheReferencesButForTies(int steps, double stepSize) {
    ProjectedGradientDescent attack = ProjectedGradientDescent.linf(RADIUS, steps);
    assertThat(attack.stepSize()).isEqualTo(stepSize);
    follow(steps, RADIUS, stepSize);
  }

  @Test
  void noTieExplainsAWrongRule() {
    double stepSize = 1.5 * RADIUS / 10;
    for (double[] wrong :
        new double[][] {{RADIUS, -stepSize}, {RADIUS, 0.999 * stepSize}, {1, stepSize}}) {
      assertThatThrownBy(() -> follow(10, wrong[0], wrong[1]))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("gradient where the pixel went elsewhere");
    }
  }

  /**
   * One step from every recorded point: to the next one, but where the gradient's sign is a tie.
   */
  private void follow(int steps, double radius, double stepSize) {
    String prefix = "pgd.linf.steps" + steps + ".";
    float[] trace = TRACES.floats(prefix + "trace");
    Tensor clean = Tensors.of(TRACES.floats(prefix + "x"), ComputeDevice.CPU, SHAPE);
    Tensor labels = Tensors.labels(TRACES.ints(prefix + "y"), ComputeDevice.CPU);
    ProjectedGradientDescent attack =
        new ProjectedGradientDescent(ThreatModel.linf(radius), 1, Math.abs(stepSize), Start.CLEAN);
    ToyCnn model = new ToyCnn(parameters);
    double direction = Math.signum(stepSize);
    for (int step = 0; step < steps; step++) {
      float[] from = Arrays.copyOfRange(trace, step * SIZE, (step + 1) * SIZE);
      Tensor point = Tensors.of(from, ComputeDevice.CPU, SHAPE);
      UnaryOperator<Tensor> loss =
          pixels ->
              CrossEntropy.sum(model.forward(pixels, ForwardPass.eval()), labels)
                  .mul(new Scalar(direction));
      Pixels moved = attack.climbFrom(origin -> point, loss, Pixels.of(clean), radius);
      compare(
          Tensors.toArray(moved.tensor()),
          Arrays.copyOfRange(trace, (step + 1) * SIZE, (step + 2) * SIZE),
          point,
          labels);
    }
  }

  private void compare(float[] actual, float[] expected, Tensor point, Tensor labels) {
    Tensor wide = point.to(ScalarType.Double);
    List<double[]> gradients =
        twins.each(
            twin ->
                Doubles.of(
                    new Victim(twin)
                        .lossAndGradient(wide, z -> CrossEntropy.perSample(z, labels))
                        .gradient()));
    double[] errors = CnnTwins.spread(gradients, IMAGES);
    double[] slopes = slopes(wide, labels);
    for (int i = 0; i < SIZE; i++) {
      // The softmax is wrong by four roundings of 1, which counts where it is nearly certain.
      double margin = errors[i / VALUES] + 4 * Rounding.UNIT * slopes[i / VALUES];
      // The step, the difference, the sum, and the same once more for the start.
      if (Math.abs(actual[i] - expected[i]) > Rounding.apart(6, 1)) {
        assertThat(Math.abs(gradients.get(0)[i]))
            .as("image %d: gradient where the pixel went elsewhere", i / VALUES)
            .isLessThanOrEqualTo(2 * margin);
      }
    }
  }

  /** The largest derivative of each image's true logit by any of its values. */
  private double[] slopes(Tensor wide, Tensor labels) {
    Tensor slope =
        new Victim(twins.exact())
            .lossAndGradient(wide, z -> z.gather(1, labels.unsqueeze(1)).squeeze(1))
            .gradient();
    return CnnTwins.spread(List.of(new double[SIZE], Doubles.of(slope)), IMAGES);
  }

  @Test
  void euclideanDescentIsTheReferences() {
    compareEuclidean(1);
  }

  @Test
  void aWrongEuclideanStepIsSeen() {
    assertThatThrownBy(() -> compareEuclidean(0.999)).isInstanceOf(AssertionError.class);
  }

  /** Nothing branches here: all float32 runs lie as near to each other as the twins' runs do. */
  private void compareEuclidean(double share) {
    String prefix = "pgd.l2.steps10.";
    float[] settings = TRACES.floats(prefix + "eps_step");
    double radius = settings[0];
    float[] trace = TRACES.floats(prefix + "trace");
    float[] x = TRACES.floats(prefix + "x");
    // The noise that leads to the recorded start: start = x + radius * (noise - 1) + 1e-5.
    float[] noise = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      noise[i] = (float) ((trace[i] - x[i] - 1e-5) / radius) + 1;
    }
    ProjectedGradientDescent attack = ProjectedGradientDescent.of(ThreatModel.l2(radius), 10);
    assertThat(attack.stepSize()).isCloseTo(settings[1], within(settings[1] * Rounding.UNIT));
    ProjectedGradientDescent descent =
        new ProjectedGradientDescent(
            attack.threat(), 10, share * attack.stepSize(), attack.start());
    List<double[]> runs =
        twins.each(twin -> Doubles.of(descend(descent, twin, noise, ScalarType.Double)));
    double[] errors = CnnTwins.spread(runs, IMAGES);
    double[] actual = Doubles.of(descend(descent, new ToyCnn(parameters), noise, ScalarType.Float));
    for (int i = 0; i < SIZE; i++) {
      // Ten steps, in each the lengths of gradient and change, which are sums of 768 squares.
      double bound = 2 * errors[i / VALUES] + Rounding.apart(10 * 32, 0.1);
      assertThat(actual[i]).isCloseTo(trace[10 * SIZE + i], within(bound));
    }
  }

  private static Tensor descend(
      ProjectedGradientDescent attack, ToyCnn model, float[] noise, ScalarType dtype) {
    String prefix = "pgd.l2.steps10.";
    Tensor clean = Tensors.of(TRACES.floats(prefix + "x"), ComputeDevice.CPU, SHAPE).to(dtype);
    Tensor labels = Tensors.labels(TRACES.ints(prefix + "y"), ComputeDevice.CPU);
    return attack
        .perturb(
            model,
            ForwardPass.eval(),
            Pixels.of(clean),
            labels,
            attack.threat().epsilon(),
            batch -> Tensors.of(noise, ComputeDevice.CPU, SHAPE).to(dtype))
        .tensor();
  }
}
