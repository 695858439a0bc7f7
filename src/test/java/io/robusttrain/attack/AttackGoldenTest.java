package io.robusttrain.attack;

import static org.assertj.core.api.Assertions.assertThat;
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
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks against recorded float32 runs of the reference implementation. */
@Numeric
class AttackGoldenTest {
  private static final SafetensorsFixture LOSSES =
      SafetensorsFixture.read("golden/attacks/losses_projections.safetensors");

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
      // The largest logit taken off, ten exponentials, their sum, its logarithm.
      float near = Rounding.apart(16, Doubles.largest(LOSSES.floats("loss.logits")));
      assertThat(Tensors.toArray(CrossEntropy.perSample(logits, labels)))
          .containsExactly(expected, within(near));
      double sum = 0;
      for (float loss : expected) {
        sum += loss;
      }
      assertThat(CrossEntropy.sum(logits, labels).item_double())
          .isCloseTo(
              sum, within((double) expected.length * near + Rounding.apart(expected.length, sum)));
      double smoothed = LOSSES.floats("loss.ce_mean_label_smoothing_0.1")[0];
      assertThat(CrossEntropy.mean(logits, labels, 0.1).item_double())
          .isCloseTo(smoothed, within((double) near));
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
          .containsExactly(
              LOSSES.floats("proj.linf_%d_255".formatted(epsilon)), within(Rounding.apart(2, 1)));
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
          .containsExactly(LOSSES.floats("init.linf_8_255"), within(Rounding.apart(6, 1)));
    }
  }

  @Test
  void theNetworksAnswersAreTheReferences() {
    SafetensorsFixture fixture = SafetensorsFixture.read(ToyCnn.RESOURCE);
    try (FlatParameters parameters = ToyCnn.parameters(fixture);
        PointerScope scope = new PointerScope()) {
      ToyCnn model = new ToyCnn(parameters);
      Tensor x = tensor(fixture, "x");
      Tensor logits = model.forward(x, ForwardPass.eval());
      try (CnnTwins twins = new CnnTwins(fixture, 8)) {
        Tensor wide = x.to(ScalarType.Double);
        List<double[]> answers =
            twins.each(twin -> Doubles.of(twin.forward(wide, ForwardPass.eval())));
        // Ours and the recorded ones are each as far from the exact ones as the twins are.
        float near = (float) (2 * CnnTwins.spread(answers, 1)[0]);
        assertThat(Tensors.toArray(logits)).containsExactly(fixture.floats("logits"), within(near));
      }
    }
  }

  private static Tensor tensor(SafetensorsFixture fixture, String name) {
    return Tensors.of(fixture.floats(name), ComputeDevice.CPU, fixture.shape(name));
  }
}
