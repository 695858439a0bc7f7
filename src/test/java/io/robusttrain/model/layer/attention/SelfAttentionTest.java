package io.robusttrain.model.layer.attention;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The forms in which attention is computed, in float64, where they differ by rounding alone. */
class SelfAttentionTest {
  /** Some 1e3 roundings of numbers below 1e2, each of 2^-53. */
  private static final double ROUNDING = 1e-10;

  @ParameterizedTest
  @ValueSource(longs = {1, 191, 192, 197, 383})
  void attentionBySomeQueriesAtATimeIsThatOfAll(long tokens) {
    NativeRuntime.load();
    try (PointerScope scope = new PointerScope()) {
      Tensor query = values(1, tokens);
      Tensor key = values(2, tokens);
      Tensor value = values(3, tokens);
      List<Supplier<Tensor>> forms =
          List.of(
              () -> SelfAttention.inSteps(query, key, value),
              () -> SelfAttention.byQueries(query, key, value),
              () -> torch.scaled_dot_product_attention(query, key, value));
      Tensor slope = values(4, tokens).detach();
      Tensor first = forms.get(0).get();
      TensorVector firstGradients = gradients(first, query, key, value, slope);
      for (Supplier<Tensor> form : forms) {
        Tensor mixed = form.get();
        assertThat(apart(mixed, first)).isLessThan(ROUNDING);
        TensorVector gradients = gradients(mixed, query, key, value, slope);
        for (int i = 0; i < 3; i++) {
          assertThat(apart(gradients.get(i), firstGradients.get(i))).isLessThan(ROUNDING);
        }
      }
    }
  }

  private static Tensor values(int seed, long tokens) {
    return Tensors.normal(SeedKey.of(seed), 0, 1, ComputeDevice.CPU, 2, 3, tokens, 16)
        .to(ScalarType.Double)
        .requires_grad_(true);
  }

  private static TensorVector gradients(
      Tensor mixed, Tensor query, Tensor key, Tensor value, Tensor slope) {
    return torch.grad(
        new TensorVector(mixed),
        new TensorVector(query, key, value),
        new TensorVector(slope),
        new BoolOptional(false),
        false,
        false);
  }

  private static double apart(Tensor one, Tensor other) {
    return one.sub(other).abs().max().item_double();
  }
}
