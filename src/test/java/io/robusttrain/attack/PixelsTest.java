package io.robusttrain.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PixelsTest {
  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @Test
  void takesTheWholeRange() {
    try (PointerScope scope = new PointerScope()) {
      Tensor tensor = Tensors.of(new float[] {0, 0.5f, 1}, ComputeDevice.CPU, 1, 3, 1, 1);
      assertThat(Pixels.of(tensor).tensor()).isSameAs(tensor);
      assertThat(Pixels.of(tensor).count()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {-1e-6f, 1.0001f, 255, Float.NaN, Float.POSITIVE_INFINITY})
  void refusesAValueOutside(float value) {
    try (PointerScope scope = new PointerScope()) {
      Tensor tensor = Tensors.of(new float[] {0, value, 1}, ComputeDevice.CPU, 1, 3, 1, 1);
      assertThatThrownBy(() -> Pixels.of(tensor))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("pixels must lie in [0,1]");
    }
  }

  @Test
  void refusesOtherTypesAndShapes() {
    try (PointerScope scope = new PointerScope()) {
      Tensor vector = Tensors.of(new float[3], ComputeDevice.CPU, 3);
      assertThatThrownBy(() -> Pixels.of(vector)).hasMessageContaining("(B, C, H, W)");
      Tensor labels = Tensors.labels(new int[3], ComputeDevice.CPU);
      assertThatThrownBy(() -> Pixels.of(labels)).hasMessageContaining("Long");
      Tensor empty = torch.empty(0, 3, 1, 1);
      assertThatThrownBy(() -> Pixels.of(empty)).hasMessageContaining("must not be empty");
    }
  }
}
