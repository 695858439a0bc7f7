package io.robusttrain.speed.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.tensor.NativeRuntime;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibtorchRecordersTest {
  @TempDir private Path folder;

  @Test
  void bothRecordersSeeTheSameOperations() throws IOException {
    LibtorchRecorders recorders = LibtorchRecorders.open();
    Path tensors = folder.resolve("tensors of a name that is longer than a short string.json");
    try (LibtorchRecorders.Recording recording = recorders.tensors(tensors)) {
      multiply();
    }
    Path times = folder.resolve("times");
    try (LibtorchRecorders.Recording recording = recorders.times(times)) {
      multiply();
    }
    assertThat(TensorRecord.read(tensors))
        .extracting(Operation::name)
        .contains("aten::ones", "aten::mm")
        .isEqualTo(Timing.read(times).stream().map(Timing::name).toList());
    assertThat(StepCounts.of(new Census(TensorRecord.read(tensors))).get("aten::mm"))
        .isEqualTo(new Cost(1, 0, 0, 4 * (6 + 6 + 4), 1, 4 * 4));
  }

  @Test
  void oneRecordingAtATime() {
    LibtorchRecorders recorders = LibtorchRecorders.open();
    try (LibtorchRecorders.Recording recording = recorders.times(folder.resolve("first"))) {
      assertThatThrownBy(() -> recorders.tensors(folder.resolve("second")))
          .isInstanceOf(ProfileException.class)
          .hasMessage("a step of this process is being recorded already: one recording at a time");
    }
    recorders.tensors(folder.resolve("third")).close();
  }

  @Test
  void aLibtorchWithoutRecordersIsNamedWithTheRemedy() {
    NativeRuntime.load();
    String core = LibtorchRecorders.loaded("c10");
    assertThatThrownBy(() -> LibtorchRecorders.of(core, core))
        .isInstanceOf(ProfileException.class)
        .hasMessageStartingWith("cannot call the recorders in " + core + ": ")
        .hasMessageContaining("RecordProfile")
        .hasMessageEndingWith("otherwise time the step without --profile");
    assertThatThrownBy(() -> LibtorchRecorders.loaded("torch_gpu"))
        .isInstanceOf(ProfileException.class)
        .hasMessageContaining("libtorch's library torch_gpu was not loaded");
  }

  private static void multiply() {
    try (PointerScope scope = new PointerScope()) {
      Tensor two = torch.ones(2, 3).mm(torch.ones(3, 2));
      assertThat(two.dim()).isEqualTo(2);
    }
  }
}
