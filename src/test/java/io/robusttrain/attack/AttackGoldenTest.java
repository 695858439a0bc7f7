package io.robusttrain.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.ProjectedGradientDescent.Start;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks against recorded float32 runs of the reference implementation. */
@Numeric
class AttackGoldenTest {
  private static final SafetensorsFixture LOSSES =
      SafetensorsFixture.read("golden/attacks/losses_projections.safetensors");
  private static final SafetensorsFixture TRACES =
      SafetensorsFixture.read("golden/attacks/pgd_traces.safetensors");

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @Test
  void crossEntropiesAreTheReferences() {
    try (PointerScope scope = new PointerScope()) {
      Tensor logits = tensor(LOSSES, "loss.logits");
      Tensor labels = Tensors.labels(LOSSES.ints("loss.y"), ComputeDevice.CPU);
      float[] expected = LOSSES.floats("loss.ce");
      assertThat(Tensors.toArray(CrossEntropy.perSample(logits, labels)))
          .containsExactly(expected, within(1e-5f));
      double sum = 0;
      for (float loss : expected) {
        sum += loss;
      }
      assertThat(Tensors.scalar(CrossEntropy.sum(logits, labels))).isCloseTo(sum, within(1e-3));
      double smoothed = LOSSES.floats("loss.ce_mean_label_smoothing_0.1")[0];
      assertThat(Tensors.scalar(CrossEntropy.mean(logits, labels, 0.1)))
          .isCloseTo(smoothed, within(1e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8})
  void projectionIsTheReferences(int epsilon) {
    try (PointerScope scope = new PointerScope()) {
      double radius = epsilon / 255.0;
      Tensor projected =
          ThreatModel.linf(radius)
              .project(tensor(LOSSES, "proj.x_adv"), tensor(LOSSES, "proj.x"), radius);
      assertThat(Tensors.toArray(projected))
          .containsExactly(LOSSES.floats("proj.linf_%d_255".formatted(epsilon)), within(1e-7f));
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0.047058823529411764", "10, 0.004705882352941176"})
  void followsTheReferencesTrace(int steps, double stepSize) {
    String prefix = "pgd.linf.steps" + steps + ".";
    double radius = 8 / 255.0;
    try (FlatParameters parameters = ToyCnn.parameters(SafetensorsFixture.read(ToyCnn.RESOURCE));
        PointerScope scope = new PointerScope()) {
      ToyCnn model = new ToyCnn(parameters);
      Tensor clean = tensor(TRACES, prefix + "x");
      Tensor labels = Tensors.labels(TRACES.ints(prefix + "y"), ComputeDevice.CPU);
      float[] trace = TRACES.floats(prefix + "trace");
      int size = Math.toIntExact(clean.numel());
      // The noise that leads to the recorded start: start = x + radius * noise + 1e-5.
      float[] x = TRACES.floats(prefix + "x");
      float[] noise = new float[size];
      for (int i = 0; i < size; i++) {
        noise[i] = (float) ((trace[i] - x[i] - 1e-5) / radius);
      }
      ProjectedGradientDescent attack = ProjectedGradientDescent.linf(radius, steps);
      assertThat(attack.stepSize()).isEqualTo(stepSize);

      Pixels attacked =
          attack.perturb(
              model,
              ForwardPass.eval(),
              Pixels.of(clean),
              labels,
              radius,
              batch -> Tensors.of(noise, ComputeDevice.CPU, 6, 3, 16, 16));

      float[] result = Tensors.toArray(attacked.tensor());
      float[] expected = Arrays.copyOfRange(trace, steps * size, (steps + 1) * size);
      // A gradient within rounding of 0 may take the other sign and move its pixel by two steps.
      assertThat(differing(result, expected, 1e-6f)).isLessThanOrEqualTo(size / 1000);
    }
  }

  @Test
  void startIsTheReferences() {
    double radius = 8 / 255.0;
    // Recorded in pixels; ours is drawn on [-1,1).
    float[] units = LOSSES.floats("init.noise");
    for (int i = 0; i < units.length; i++) {
      units[i] /= (float) radius;
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = tensor(LOSSES, "proj.x");
      Tensor noise = Tensors.of(units, ComputeDevice.CPU, LOSSES.shape("init.noise"));
      // A step too small to move anything shows the start itself.
      ProjectedGradientDescent attack =
          new ProjectedGradientDescent(
              ThreatModel.linf(radius), 1, Double.MIN_NORMAL, Start.RANDOM);
      Pixels attacked =
          attack.perturb(
              pixels -> pixels.mean(2, 3),
              Pixels.of(clean),
              Tensors.labels(new int[8], ComputeDevice.CPU),
              radius,
              batch -> noise);
      assertThat(Tensors.toArray(attacked.tensor()))
          .containsExactly(LOSSES.floats("init.linf_8_255"), within(1e-6f));
    }
  }

  @Test
  void robustAccuracyIsTheReferences() {
    SafetensorsFixture fixture = SafetensorsFixture.read(ToyCnn.RESOURCE);
    try (FlatParameters parameters = ToyCnn.parameters(fixture);
        PointerScope scope = new PointerScope()) {
      ToyCnn model = new ToyCnn(parameters);
      Tensor x = tensor(fixture, "x");
      Tensor logits = model.forward(x, ForwardPass.eval());
      assertThat(Tensors.toArray(logits)).containsExactly(fixture.floats("logits"), within(1e-4f));
      Tensor labels = Tensors.labels(fixture.ints("y_int32"), ComputeDevice.CPU);
      double radius = 8 / 255.0;
      Pixels attacked =
          ProjectedGradientDescent.linf(radius, 10)
              .perturb(
                  model,
                  ForwardPass.eval(),
                  Pixels.of(x),
                  labels,
                  radius,
                  NoiseSource.perBatch(SeedKey.of(7)));
      Tensor predicted = model.forward(attacked.tensor(), ForwardPass.eval()).max(1).get1();
      double accuracy = Tensors.scalar(predicted.eq(labels).sum()) / 256;
      // Another random start: two samples of 256 either way.
      assertThat(accuracy).isCloseTo(0.6250, within(2.01 / 256));
    }
  }

  private static Tensor tensor(SafetensorsFixture fixture, String name) {
    return Tensors.of(fixture.floats(name), ComputeDevice.CPU, fixture.shape(name));
  }

  private static int differing(float[] actual, float[] expected, float tolerance) {
    int differing = 0;
    for (int i = 0; i < expected.length; i++) {
      if (Math.abs(actual[i] - expected[i]) > tolerance) {
        differing++;
      }
    }
    return differing;
  }
}
