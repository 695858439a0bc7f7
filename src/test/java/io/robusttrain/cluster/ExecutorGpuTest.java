package io.robusttrain.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.tensor.ComputeDevice;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From the addresses that Spark gives to the devices that libtorch counts. */
class ExecutorGpuTest {
  @AfterEach
  void chooseTheFirstAgain() {
    ComputeDevice.chooseCuda(0);
  }

  @ParameterizedTest
  @CsvSource({
    // address of Spark, CUDA_VISIBLE_DEVICES, index, name
    "'', '', 0, 0",
    "'', 3, 0, 3",
    "0, '', 0, 0",
    "3, '', 3, 3",
    // Whoever hides all others has chosen, whatever the address is.
    "3, 5, 0, 5",
    "GPU-8f2c, GPU-8f2c, 0, GPU-8f2c",
    "5, '4, 5', 1, 5",
    "GPU-b, 'GPU-a,GPU-b', 1, GPU-b"
  })
  void anAddressIsTheDeviceThatTheProcessSeesUnderIt(
      String address, String visible, int index, String name) {
    ExecutorGpu gpu =
        new ExecutorGpu(address.isEmpty() ? List.of() : List.of(address), visible.strip());
    assertThat(gpu.index()).isEqualTo(index);
    assertThat(gpu.name()).isEqualTo(name);
    gpu.choose();
    assertThat(ComputeDevice.cudaIndex()).isEqualTo(index);
  }

  @Test
  void whatAProcessCannotComputeOnIsRefusedWithItsRemedy() {
    assertThatThrownBy(() -> new ExecutorGpu(List.of("0", "1"), "").index())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Spark gave this executor the GPUs [0, 1], but it computes on one: set spark.executor.resource.gpu.amount=1");
    assertThatThrownBy(() -> new ExecutorGpu(List.of("2"), "0,1").index())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Spark gave this executor the GPU 2, which CUDA_VISIBLE_DEVICES=0,1 hides: let the discovery script name those that the executors see");
    assertThatThrownBy(() -> new ExecutorGpu(List.of("MIG-7"), "").index())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Spark gave this executor the GPU MIG-7, which is no number: let the discovery script write the numbers of nvidia-smi, or set CUDA_VISIBLE_DEVICES=MIG-7 for this executor");
  }

  @Test
  void outsideOfATaskNothingWasGiven() {
    assertThat(ExecutorGpu.here().addresses()).isEmpty();
  }
}
