package io.robusttrain.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every family against timm. The recorded values are float64 results rounded to float32; timm
 * itself in float32 differs from them by up to 3.5e-6 in logits and 1.5e-5 relative in gradients,
 * so 1e-5 and 1e-4 (relative to each gradient's largest element) leave room for another order of
 * summation only.
 */
@Numeric
class ParityTest {
  private static final double LOGIT_ERROR = 1e-5;
  private static final double GRADIENT_ERROR = 1e-4;

  /** Of a gradient that is zero but for rounding; the others' elements are around 1e-3 to 1. */
  private static final double ZERO_ERROR = 1e-6;

  @ParameterizedTest
  @MethodSource("io.robusttrain.model.GoldenModel#all")
  void evalModeEqualsTimm(GoldenModel.Recorded recorded) {
    try (PointerScope scope = new PointerScope();
        GoldenModel golden = new GoldenModel(recorded);
        Classifier model = golden.architecture.bind(golden.parameters)) {
      assertParity(golden, model, ForwardPass.eval(), "eval");
    }
  }

  @ParameterizedTest
  @MethodSource("io.robusttrain.model.GoldenModel#all")
  void trainModeEqualsTimm(GoldenModel.Recorded recorded) {
    try (PointerScope scope = new PointerScope();
        GoldenModel golden = new GoldenModel(recorded);
        BatchStatistics statistics =
            new BatchStatistics(golden.architecture.layout(), ComputeDevice.CPU);
        Classifier model = golden.architecture.bind(golden.parameters)) {
      float[] before = Tensors.toArray(golden.parameters.values());
      assertParity(golden, model, ForwardPass.train(statistics, SeedKey.of(1)), "train");
      assertStatistics(golden, statistics);
      assertThat(Tensors.toArray(golden.parameters.values())).isEqualTo(before);
    }
  }

  @Test
  void aRecordingAtTheKinksOfReluAgreesButForTheGradientsOfTrainMode() {
    try (PointerScope scope = new PointerScope();
        GoldenModel golden = new GoldenModel(GoldenModel.atKinks());
        BatchStatistics statistics =
            new BatchStatistics(golden.architecture.layout(), ComputeDevice.CPU);
        Classifier model = golden.architecture.bind(golden.parameters)) {
      assertParity(golden, model, ForwardPass.eval(), "eval");
      ForwardPass training = ForwardPass.train(statistics, SeedKey.of(1));
      assertForward(golden, model, golden.pixels(), training, "train");
      assertStatistics(golden, statistics);
    }
  }

  private static void assertParity(
      GoldenModel golden, Classifier model, ForwardPass pass, String mode) {
    Tensor pixels = golden.pixels();
    assertForward(golden, model, pixels, pass, mode).backward();
    assertGradients(golden, pixels, mode);
  }

  /** Checks logits and loss, and returns the loss. */
  private static Tensor assertForward(
      GoldenModel golden, Classifier model, Tensor pixels, ForwardPass pass, String mode) {
    Tensor logits = model.forward(pixels, pass);
    assertThat(maxDifference(logits, golden.fixture.floats("logits_" + mode)))
        .as("logits")
        .isLessThan(LOGIT_ERROR);
    Tensor loss = torch.cross_entropy(logits, golden.labels());
    assertThat(Tensors.scalar(loss))
        .as("loss")
        .isCloseTo(golden.fixture.floats("loss_" + mode)[0], within(LOGIT_ERROR));
    return loss;
  }

  private static void assertGradients(GoldenModel golden, Tensor pixels, String mode) {
    assertGradient("input", pixels.grad(), golden.fixture.floats("grad_input_" + mode));
    for (ParameterSpec spec : golden.architecture.layout().specs()) {
      Tensor gradient = golden.parameters.gradient(spec.name());
      if (spec.segment() == Segment.STATISTICS) {
        assertThat(Tensors.toArray(gradient)).as(spec.name()).containsOnly(0f);
      } else if (golden.recorded.zeroGradient(spec.name())) {
        assertThat(maxDifference(gradient, new float[Math.toIntExact(spec.elements())]))
            .as(spec.name())
            .isLessThan(ZERO_ERROR);
      } else {
        assertGradient(
            spec.name(),
            gradient,
            golden.fixture.floats("grad_%s.%s".formatted(mode, golden.recordedName(spec.name()))));
      }
    }
  }

  private static void assertStatistics(GoldenModel golden, BatchStatistics statistics) {
    for (ParameterSpec spec : golden.architecture.layout().specs()) {
      if (spec.segment() != Segment.STATISTICS) {
        continue;
      }
      float[] running = golden.fixture.floats("model." + spec.name());
      float[] batch = Tensors.toArray(statistics.buffer(spec.name()));
      float[] expected = golden.fixture.floats("bn_after." + spec.name());
      for (int i = 0; i < running.length; i++) {
        assertThat(0.9 * running[i] + 0.1 * batch[i])
            .as(spec.name())
            .isCloseTo(expected[i], within(1e-6 + 1e-5 * Math.abs(expected[i])));
      }
    }
    assertThat(golden.architecture.batchNorms())
        .hasSize(golden.fixture.names("bn_after.").size() / 3);
  }

  static List<GoldenModel.Recorded> some() {
    return GoldenModel.some(Set.of("xcit_p16_rect", "xcit_p4_32")::contains);
  }

  @ParameterizedTest
  @MethodSource("some")
  void inputGradientAloneLeavesParameterGradientsAlone(GoldenModel.Recorded recorded) {
    try (PointerScope scope = new PointerScope();
        GoldenModel golden = new GoldenModel(recorded);
        Classifier model = golden.architecture.bind(golden.parameters)) {
      Tensor pixels = golden.pixels();
      Tensor loss = torch.cross_entropy(model.forward(pixels, ForwardPass.eval()), golden.labels());
      Tensor gradient = torch.grad(new TensorVector(loss), new TensorVector(pixels)).get(0);
      assertGradient("input", gradient, golden.fixture.floats("grad_input_eval"));
      assertThat(Tensors.toArray(golden.parameters.gradients())).containsOnly(0f);
    }
  }

  private static void assertGradient(String name, Tensor gradient, float[] expected) {
    double scale = 0;
    for (float value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    assertThat(maxDifference(gradient, expected) / scale)
        .as("relative error of the gradient of " + name)
        .isLessThan(GRADIENT_ERROR);
  }

  private static double maxDifference(Tensor actual, float[] expected) {
    float[] values = Tensors.toArray(actual);
    assertThat(values).hasSameSizeAs(expected);
    double max = 0;
    for (int i = 0; i < values.length; i++) {
      double difference = Math.abs(values[i] - (double) expected[i]);
      max = difference <= max ? max : difference;
    }
    return max;
  }
}
