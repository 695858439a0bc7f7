package io.robusttrain.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SecondDerivatives;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import java.util.function.BiFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Drop path, normalisation as first layer, checks, and native memory. */
@Numeric
class XcitBehaviourTest {
  private static final ModelOptions TINY =
      ModelOptions.none()
          .withNumClasses(5)
          .withImageSize(32)
          .with("embed_dim", 16)
          .with("depth", 2)
          .with("num_heads", 2);

  @Test
  void dropPathKeepsOrDropsWholeSamples() {
    double rate = 0.3;
    int batch = 4000;
    try (PointerScope scope = new PointerScope();
        BatchStatistics statistics = new BatchStatistics(tiny().layout(), ComputeDevice.CPU)) {
      Tensor input = torch.zeros(batch, 1, 2);
      Tensor output =
          torch.ones(batch, 1, 2).mul(Tensors.of(new float[] {2, 3}, ComputeDevice.CPU, 2));
      DropPath path = new DropPath(rate, 0, 1, ComputeDevice.CPU);
      ForwardPass pass = ForwardPass.train(statistics, SeedKey.of(3));
      float[] sum = Tensors.toArray(path.add(input, output, pass));
      int kept = 0;
      for (int i = 0; i < batch; i++) {
        // Quotients of numbers below 5, each rounded a few times.
        float rounding = (float) (8 * Rounding.UNIT * 3);
        assertThat(sum[2 * i] / 2).isCloseTo(sum[2 * i + 1] / 3, within(rounding));
        assertThat(sum[2 * i] == 0 || Math.abs(sum[2 * i] - 2 / (1 - rate)) < rounding).isTrue();
        kept += sum[2 * i] == 0 ? 0 : 1;
      }
      assertThat(kept / (double) batch).isCloseTo(1 - rate, within(0.03));
      assertThat(Tensors.toArray(path.add(input, output, pass))).isEqualTo(sum);
      DropPath other = new DropPath(rate, 1, 1, ComputeDevice.CPU);
      assertThat(Tensors.toArray(other.add(input, output, pass))).isNotEqualTo(sum);
      assertThat(Tensors.toArray(path.add(input, output, ForwardPass.eval()))).contains(2f, 3f);
    }
  }

  @Test
  void dropPathActsInTrainingOnly() {
    try (PointerScope scope = new PointerScope()) {
      Architecture dropping =
          ModelRegistry.create("xcit_nano_12_p8_224", TINY.withDropPathRate(0.5));
      BiFunction<Architecture, ForwardPass, float[]> logits = XcitBehaviourTest::logits;
      assertThat(logits.apply(dropping, ForwardPass.eval()))
          .isEqualTo(logits.apply(tiny(), ForwardPass.eval()));
      try (BatchStatistics statistics = new BatchStatistics(dropping.layout(), ComputeDevice.CPU)) {
        ForwardPass one = ForwardPass.train(statistics, SeedKey.of(1));
        ForwardPass two = ForwardPass.train(statistics, SeedKey.of(2));
        assertThat(logits.apply(dropping, one)).isEqualTo(logits.apply(dropping, one));
        assertThat(logits.apply(dropping, one)).isNotEqualTo(logits.apply(dropping, two));
        assertThat(logits.apply(tiny(), one)).isEqualTo(logits.apply(tiny(), two));
      }
    }
  }

  /** Random weights stand out only with sizeable residuals, so eta is 1 here. */
  private static float[] logits(Architecture model, ForwardPass pass) {
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(model);
        Classifier classifier = model.bind(parameters)) {
      return Tensors.toArray(classifier.forward(images(), pass));
    }
  }

  @Test
  void normalisationIsTheFirstLayer() {
    Preprocessing preprocessing =
        tiny()
            .defaultPreprocessing()
            .normalizedBy(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));
    Architecture normalizing = NormalizedArchitecture.of(tiny(), preprocessing);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(normalizing);
        Classifier plain = tiny().bind(parameters);
        Classifier normalized = normalizing.bind(parameters)) {
      Tensor mean = Tensors.of(new float[] {0.485f, 0.456f, 0.406f}, ComputeDevice.CPU, 1, 3, 1, 1);
      Tensor std = Tensors.of(new float[] {0.229f, 0.224f, 0.225f}, ComputeDevice.CPU, 1, 3, 1, 1);
      Tensor pixels = images();
      pixels.set_requires_grad(true);
      Tensor inner = images().sub(mean).div(std);
      inner.set_requires_grad(true);
      Tensor logits = normalized.forward(pixels, ForwardPass.eval());
      Tensor expected = plain.forward(inner, ForwardPass.eval());
      assertThat(Tensors.toArray(logits)).isEqualTo(Tensors.toArray(expected));
      Tensor gradient = gradient(logits, pixels);
      // The chain rule: a pixel's gradient is the inner one divided by the deviation.
      assertThat(Tensors.toArray(gradient))
          .isEqualTo(Tensors.toArray(gradient(expected, inner).div(std)));
      assertThat(normalizing.layout())
          .isSameAs(NormalizedArchitecture.of(normalizing, preprocessing).layout());
    }
    assertThat(tiny().defaultPreprocessing().unnormalized().identity()).isTrue();
  }

  @Test
  void theShortWayToTheGradientOfALengthIsExact() {
    try (PointerScope scope = new PointerScope();
        FlatParameters single = initialized(tiny());
        FlatParameters parameters =
            new FlatParameters(tiny().layout(), ComputeDevice.CPU, ScalarType.Double);
        Classifier model = tiny().bind(parameters)) {
      float[] weights = new float[tiny().layout().size()];
      single.store(weights, 0);
      parameters.load(weights, 0);
      Tensor pixels = images().to(ScalarType.Double);
      pixels.set_requires_grad(true);
      double[] usual = gradients(model.forward(pixels, ForwardPass.eval()), pixels, parameters);
      Tensor logits = SecondDerivatives.kept(() -> model.forward(pixels, ForwardPass.eval()));
      double[] twice = gradients(logits, pixels, parameters);
      // The largest gradient is some 10; half a length's gradient lost would be off by percents.
      assertThat(usual).usingComparatorWithPrecision(1e-11).containsExactly(twice);
    }
  }

  /** Of the pixels, and of the first layer whose channels are attended to. */
  private static double[] gradients(Tensor logits, Tensor pixels, FlatParameters parameters) {
    TensorVector wanted = new TensorVector(pixels, parameters.value("blocks.0.attn.qkv.weight"));
    TensorVector found = torch.grad(new TensorVector(logits.square().sum()), wanted);
    Tensor flat = torch.cat(new TensorVector(found.get(0).flatten(), found.get(1).flatten()), 0);
    double[] values = new double[Math.toIntExact(flat.numel())];
    flat.contiguous().data_ptr_double().get(values);
    return values;
  }

  private static Tensor gradient(Tensor logits, Tensor input) {
    return torch.grad(new TensorVector(logits.square().sum()), new TensorVector(input)).get(0);
  }

  @Test
  void wrongInputsAreRefused() {
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(tiny());
        Classifier model = tiny().bind(parameters)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.forward(torch.zeros(2, 1, 32, 32), ForwardPass.eval()))
          .withMessageContaining("(B, 3, H, W)");
      Architecture other = ModelRegistry.create("xcit_nano_12_p8_224", TINY.withNumClasses(6));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> other.bind(parameters))
          .withMessageContaining("another architecture");
    }
  }

  @Test
  void twoHundredStepsLeakNoNativeObject() {
    try (FlatParameters parameters = initialized(tiny());
        BatchStatistics statistics = new BatchStatistics(tiny().layout(), ComputeDevice.CPU);
        Classifier model = tiny().bind(parameters)) {
      step(model, parameters, statistics);
      long before = NativeRuntime.liveHandles();
      for (int i = 0; i < 200; i++) {
        step(model, parameters, statistics);
      }
      assertThat(NativeRuntime.liveHandles()).isEqualTo(before);
    }
  }

  @Test
  void closedModelsReleaseEverything() {
    long before = 0;
    for (int i = 0; i < 3; i++) {
      try (FlatParameters parameters = initialized(tiny());
          BatchStatistics statistics = new BatchStatistics(tiny().layout(), ComputeDevice.CPU);
          Classifier model = tiny().bind(parameters)) {
        step(model, parameters, statistics);
      }
      before = i == 0 ? NativeRuntime.liveHandles() : before;
      assertThat(NativeRuntime.liveHandles()).isEqualTo(before);
    }
  }

  private static void step(
      Classifier model, FlatParameters parameters, BatchStatistics statistics) {
    try (PointerScope scope = new PointerScope()) {
      parameters.zeroGradients();
      model
          .forward(images(), ForwardPass.train(statistics, SeedKey.of(1)))
          .square()
          .sum()
          .backward();
    }
  }

  private static Architecture tiny() {
    return ModelRegistry.create("xcit_nano_12_p8_224", TINY);
  }

  private static Tensor images() {
    return Tensors.uniform(SeedKey.of(9), 0, 1, ComputeDevice.CPU, 4, 3, 32, 32);
  }

  private static FlatParameters initialized(Architecture model) {
    FlatParameters parameters = new FlatParameters(model.layout(), ComputeDevice.CPU);
    model.initialize(parameters, SeedKey.of(5));
    return parameters;
  }
}
