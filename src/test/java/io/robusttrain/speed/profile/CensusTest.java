package io.robusttrain.speed.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What counts as moved and as asked for, by hand. */
class CensusTest {
  private static final TensorUse A = tensor(1, 6, 4);
  private static final TensorUse B = tensor(2, 4, 5);
  private static final TensorUse BIAS = tensor(3, 5);
  private static final TensorUse RESULT = tensor(4, 6, 5);

  @Test
  void aProductMovesItsMatricesBesideTheCopyOfItsBias() {
    Census census =
        census(
            operation("aten::copy_", 1, List.of(RESULT, BIAS), RESULT),
            operation("aten::addmm", 2, List.of(BIAS, A, B), RESULT),
            operation("aten::linear", -1, List.of(A, B, BIAS), RESULT));
    assertThat(census.cost(0)).isEqualTo(new Cost(1, 0, 0, bytes(BIAS, RESULT), 0, 0));
    assertThat(census.cost(1))
        .isEqualTo(new Cost(1, 0, 0, bytes(BIAS, A, B, RESULT), 1, bytes(RESULT)));
    // Its memory was asked for and filled by those that it called.
    assertThat(census.cost(2)).isEqualTo(new Cost(1, 0, 0, 0, 0, 0));
  }

  @Test
  void whatCallsOneThatMovesAsMuchMovesNothing() {
    Census census =
        census(
            operation("aten::empty", 2, List.of(), RESULT),
            operation("aten::copy_", 2, List.of(RESULT, tensor(9, 6, 5)), RESULT),
            operation("aten::clone", -1, List.of(tensor(9, 6, 5)), RESULT));
    assertThat(StepCounts.of(census))
        .containsEntry("aten::empty", new Cost(1, 0, 0, 0, 1, bytes(RESULT)))
        .containsEntry("aten::copy_", new Cost(1, 0, 0, 2 * bytes(RESULT), 0, 0))
        .containsEntry("aten::clone", new Cost(1, 0, 0, 0, 0, 0));
  }

  @Test
  void whatFillsASmallResultFirstMovesItsInput() {
    TensorUse sum = tensor(5, 1);
    Census census =
        census(
            operation("aten::fill_", 1, List.of(sum), sum),
            operation("aten::sum", -1, List.of(A), sum));
    assertThat(census.cost(1)).isEqualTo(new Cost(1, 0, 0, bytes(A, sum), 1, bytes(sum)));
  }

  @Test
  void theLayoutThatOneDnnChoseIsLeftOutOfCounts() {
    Census census =
        census(
            operation("aten::clone", 1, List.of(A), RESULT),
            operation("aten::contiguous", 2, List.of(A), RESULT),
            operation("aten::convolution_backward", -1, List.of(A), B),
            operation("aten::clone", 4, List.of(A), RESULT),
            operation("aten::contiguous", -1, List.of(A), RESULT));
    assertThat(StepCounts.of(census))
        .containsOnlyKeys("aten::convolution_backward", "aten::clone", "aten::contiguous")
        .allSatisfy((name, cost) -> assertThat(cost.calls()).isOne());
  }

  @Test
  void whatOnlyPassesItsInputOnMovesNothing() {
    Census census =
        census(
            operation("aten::to", 1, List.of(A), A),
            operation("aten::pow", -1, List.of(A), tensor(7, 6, 4)));
    assertThat(census.cost(0).bytesMoved()).isZero();
    assertThat(census.cost(1).bytesMoved()).isEqualTo(2 * bytes(A));
  }

  @Test
  void viewsAndWhatIsWrittenInPlaceAskForNoMemory() {
    TensorUse grown = tensor(6, 8);
    Census census =
        census(
            operation("aten::t", -1, List.of(A), tensor(1, 4, 6)),
            operation("aten::add_", -1, List.of(A, A), A),
            operation("aten::empty", -1, List.of(), tensor(6, 0)),
            operation("aten::resize_", -1, List.of(tensor(6, 0)), grown),
            operation("AddBackward0", -1, List.of(A), B));
    assertThat(IntStream.range(0, 5).mapToLong(i -> census.cost(i).allocatedBytes()))
        .containsExactly(0L, 0L, 0L, bytes(grown), 0L);
    assertThat(IntStream.range(0, 5).mapToLong(i -> census.cost(i).bytesMoved()))
        .containsExactly(0L, bytes(A, A, A), 0L, 0L, 0L);
  }

  @ParameterizedTest
  @CsvSource({
    "aten::mm, MATRIX_PRODUCT",
    "aten::addmm_, MATRIX_PRODUCT",
    "aten::_scaled_dot_product_flash_attention_for_cpu, ATTENTION",
    "aten::convolution_backward, CONVOLUTION",
    "aten::native_layer_norm_backward, NORMALISATION",
    "aten::_softmax, SOFTMAX",
    "aten::_adaptive_avg_pool2d, POOLING",
    "aten::gelu_backward, ACTIVATION",
    "aten::bernoulli_, RANDOM",
    "aten::mul_, ELEMENTWISE",
    "aten::__and__, ELEMENTWISE",
    "aten::linalg_vector_norm, REDUCTION",
    "aten::copy_, COPY",
    "aten::zero_, FILL",
    "aten::empty_strided, ALLOCATION",
    "aten::as_strided, VIEW",
    "MulBackward0, AUTOGRAD",
    "autograd::engine::evaluate_function: MulBackward0, AUTOGRAD",
    "aten::nobody_knows_it, OTHER",
    "mkldnn::_linear_pointwise, OTHER"
  })
  void everyOperationHasAKind(String name, OperationKind kind) {
    assertThat(OperationKind.of(operation(name, -1, List.of(A), B))).isEqualTo(kind);
  }

  @Test
  void filtersOfOneChannelMakeAConvolutionDepthwise() {
    TensorUse image = tensor(1, 8, 16, 7, 7);
    assertThat(
            OperationKind.of(
                operation("aten::convolution", -1, List.of(image, tensor(2, 16, 1, 3, 3)), image)))
        .isEqualTo(OperationKind.DEPTHWISE);
    assertThat(
            OperationKind.of(
                operation("aten::convolution", -1, List.of(image, tensor(2, 16, 16, 3, 3)), image)))
        .isEqualTo(OperationKind.CONVOLUTION);
  }

  private static Census census(Operation... operations) {
    return new Census(List.of(operations));
  }

  private static Operation operation(
      String name, int parent, List<TensorUse> inputs, TensorUse output) {
    return new Operation(name, parent, false, inputs, List.of(output));
  }

  private static TensorUse tensor(long storage, Integer... shape) {
    long elements = Arrays.stream(shape).mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    return new TensorUse(storage, List.of(shape), 4 * elements);
  }

  private static long bytes(TensorUse... tensors) {
    return Arrays.stream(tensors).mapToLong(TensorUse::bytes).sum();
  }
}
