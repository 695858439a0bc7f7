package io.robusttrain.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Numeric
class PrecisionTest {
  @BeforeEach
  void start() {
    Arithmetic.start();
  }

  @Test
  void computesProductsInItsType() {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = draw("x");
      Tensor w = draw("w");
      Tensor full = Precision.FP32.run(ComputeDevice.CPU, () -> torch.linear(x, w));
      assertThat(full.scalar_type().intern()).isEqualTo(ScalarType.Float);
      Tensor half = Precision.BF16.run(ComputeDevice.CPU, () -> torch.linear(x, w));
      assertThat(half.scalar_type().intern()).isEqualTo(ScalarType.BFloat16);
      Tensor logits = Precision.BF16.logits(ComputeDevice.CPU, () -> torch.linear(x, w));
      assertThat(logits.scalar_type().intern()).isEqualTo(ScalarType.Float);
      assertThat(Tensors.toArray(logits))
          .isEqualTo(Tensors.toArray(half))
          .isNotEqualTo(Tensors.toArray(full));
    }
  }

  @Test
  void leavesTheThreadAsItWas() {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = draw("x");
      Precision.BF16.run(
          ComputeDevice.CPU,
          () -> {
            assertThat(torch.is_autocast_enabled(DeviceType.CPU)).isTrue();
            return torch.linear(x, x);
          });
      assertUntouched();
      assertThatThrownBy(
              () -> Precision.BF16.run(ComputeDevice.CPU, () -> torch.linear(x, x.narrow(1, 0, 3))))
          .isInstanceOf(RuntimeException.class);
      assertUntouched();
    }
  }

  /** A cast that was kept would hide the new weights, and one without a graph their gradient. */
  @Test
  void keepsNoCastOfAWeight() {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = draw("x");
      Tensor w = draw("w");
      w.set_requires_grad(true);
      try (NoGradGuard forwardOnly = new NoGradGuard()) {
        Precision.BF16.run(ComputeDevice.CPU, () -> torch.linear(x, w));
        w.fill_(new Scalar(0f));
      }
      Tensor zero = Precision.BF16.logits(ComputeDevice.CPU, () -> torch.linear(x, w));
      assertThat(Tensors.toArray(zero)).containsOnly(0f);
      zero.sum().backward();
      assertThat(w.grad().scalar_type().intern()).isEqualTo(ScalarType.Float);
      assertThat(Tensors.toArray(w.grad())).doesNotContain(0f);
    }
  }

  private static void assertUntouched() {
    assertThat(torch.is_autocast_enabled(DeviceType.CPU)).isFalse();
    assertThat(torch.is_autocast_cache_enabled()).isTrue();
    assertThat(torch.get_autocast_dtype(DeviceType.CPU).intern()).isEqualTo(ScalarType.BFloat16);
  }

  private static Tensor draw(String name) {
    return Tensors.uniform(SeedKey.of(1).with(name), 0.5, 1, ComputeDevice.CPU, 8, 8);
  }
}
