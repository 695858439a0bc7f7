package io.robusttrain.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Where tensors would lie; no GPU is needed to ask for one. */
class ComputeDeviceTest {
  @BeforeAll
  static void load() {
    NativeRuntime.load();
  }

  @Test
  void aProcessComputesOnTheDeviceThatWasChosen() {
    try (PointerScope scope = new PointerScope()) {
      assertThat(ComputeDevice.CUDA.placement().str().getString()).isEqualTo("cuda:0");
      ComputeDevice.chooseCuda(3);
      assertThat(ComputeDevice.CUDA.placement().str().getString()).isEqualTo("cuda:3");
      assertThat(ComputeDevice.CPU.placement().str().getString()).isEqualTo("cpu");
    } finally {
      ComputeDevice.chooseCuda(0);
    }
    assertThatThrownBy(() -> ComputeDevice.chooseCuda(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no CUDA device has the index -1");
  }

  @Test
  void pagesOfTheHostAreLockedForAGpuOnly() {
    try (PointerScope scope = new PointerScope()) {
      assertThat(ComputeDevice.CUDA.hostFloats().pinned_memory()).isTrue();
      assertThat(ComputeDevice.CPU.hostFloats().pinned_memory()).isFalse();
      assertThat(ComputeDevice.CPU.hostFloats(5).numel()).isEqualTo(5);
    }
  }
}
