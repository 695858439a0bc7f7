package io.robusttrain.model.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions, by oneDNN or as products, beside the definition in float64. */
@Numeric
class ConvolutionTest {
  private static final ComputeDevice CPU = ComputeDevice.CPU;

  /** With two threads libtorch takes oneDNN for each convolution. */
  @BeforeEach
  void twoThreads() {
    NativeRuntime.start(2);
  }

  @AfterEach
  void threadsAsBefore() {
    Arithmetic.start();
  }

  @ParameterizedTest
  @CsvSource({
    // in, out, kernel, stride, padding
    "256, 1024, 1, 1, 0",
    "1024, 256, 1, 1, 0",
    "256, 1024, 1, 2, 0",
    "8, 16, 1, 2, 0",
    "20, 20, 3, 1, 1",
    "20, 20, 3, 2, 1",
    "16, 12, 3, 1, 1",
    "48, 96, 3, 2, 1",
    "3, 24, 7, 2, 3",
    "3, 24, 4, 4, 0",
    "24, 24, 2, 2, 0"
  })
  void convolutionsAreTheirDefinition(int in, int out, int kernel, int stride, int padding) {
    ConvolutionSize size =
        new ConvolutionSize(in, out, kernel, stride, padding, 1, ConvolutionSize.Bias.NONE);
    DeclaredWeights declared = DeclaredWeights.of(scope -> new Convolution(scope, size));
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = new FlatParameters(declared.layout(), CPU);
        BoundWeights bound = new BoundWeights(parameters, Scope.LayerObserver.NONE)) {
      declared.initialize(parameters, SeedKey.of(1));
      Convolution convolution = new Convolution(Scope.root(bound), size);
      Tensor images =
          Tensors.normal(SeedKey.of(2), 0, 1, CPU, 2, in, 8, 8)
              .contiguous(MemoryFormat.ChannelsLast)
              .requires_grad_(true);
      Tensor weights = parameters.value("weight");
      assertDefined(convolution.forward(images), images, weights, size);
      TensorOptional none = new TensorOptional();
      assertDefined(size.atOnce(images, weights, none), images, weights, size);
      assertDefined(size.imageByImage(images, weights, none), images, weights, size);
    }
  }

  private static void assertDefined(
      Tensor output, Tensor images, Tensor weights, ConvolutionSize size) {
    Tensor slope = Tensors.normal(SeedKey.of(3), 0, 1, CPU, output.sizes().vec().get());
    TensorVector gradients = gradients(output, images, weights, slope);
    Wide exact = Wide.of(wide(images), wide(weights), wide(slope), size);
    Wide sizes = Wide.of(wide(images).abs(), wide(weights).abs(), wide(slope).abs(), size);
    int window = size.kernel() * size.kernel();
    assertClose(output, exact.output(), size.in() * window, sizes.output());
    assertClose(gradients.get(0), exact.images(), size.out() * window, sizes.images());
    int places = Math.toIntExact(output.size(0) * output.size(2) * output.size(3));
    assertClose(gradients.get(1), exact.weights(), places, sizes.weights());
  }

  private static Tensor wide(Tensor tensor) {
    return tensor.detach().to(ScalarType.Double);
  }

  /** The definition in float64, which libtorch computes without oneDNN: output and gradients. */
  private record Wide(Tensor output, Tensor images, Tensor weights) {
    static Wide of(Tensor images, Tensor weights, Tensor slope, ConvolutionSize size) {
      images.requires_grad_(true);
      weights.requires_grad_(true);
      Tensor output = convolved(images, weights, size);
      TensorVector gradients = gradients(output, images, weights, slope);
      return new Wide(output, gradients.get(0), gradients.get(1));
    }
  }

  private static TensorVector gradients(
      Tensor output, Tensor images, Tensor weights, Tensor slope) {
    return torch.grad(
        new TensorVector(output),
        new TensorVector(images, weights),
        new TensorVector(slope),
        new BoolOptional(false),
        false,
        false);
  }

  private static Tensor convolved(Tensor images, Tensor weights, ConvolutionSize size) {
    return torch.conv2d(
        images,
        weights,
        new TensorOptional(),
        new long[] {size.stride(), size.stride()},
        new long[] {size.padding(), size.padding()},
        new long[] {1, 1},
        1);
  }

  /** Sums of so many products: as many roundings of the sum of their sizes, and one of each. */
  private static void assertClose(Tensor actual, Tensor exact, int terms, Tensor sizes) {
    Tensor apart = actual.to(ScalarType.Double).sub(exact).abs();
    Tensor bound = sizes.mul(new Scalar((terms + 1) * Rounding.UNIT));
    assertThat(apart.sub(bound).max().item_double()).isLessThanOrEqualTo(0);
  }
}
