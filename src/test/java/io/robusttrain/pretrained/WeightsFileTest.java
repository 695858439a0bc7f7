package io.robusttrain.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.model.Architecture;
import io.robusttrain.storage.OddFolder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds weights is known by its content; what does not is refused with a way out. */
class WeightsFileTest {
  private static final Path FILES = Path.of("src/test/resources/pytorch-files");

  @TempDir(factory = OddFolder.class)
  Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"", "best/"})
  void aCheckpointAndARunLeadToTheirModel(String place) throws IOException {
    Architecture xcit = Tiny.xcit();
    Path model = model(place + "model.safetensors", xcit);
    try (WeightsFile file = open(dir, Optional.empty())) {
      assertThat(file.path()).endsWith(model.toString());
      assertThat(file.description())
          .startsWith("model file ")
          .endsWith("model.safetensors of a xcit_small_12_p16_224");
      assertThat(file.card().orElseThrow().architecture().arguments()).containsEntry("depth", 2L);
      assertThat(file.tensors()).map(TensorSpec::name).contains("cls_token", "head.bias");
    }
  }

  @Test
  void aDamagedModelFileIsRefused() throws IOException {
    Path model = model("m.safetensors", Tiny.xcit());
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length - 5] ^= 1;
    Files.write(model, bytes);
    assertThatThrownBy(() -> open(model, Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("is damaged: the SHA-256 of its data is");
  }

  @Test
  void theNameOfAFileDoesNotMatter() throws IOException {
    Path renamed = Files.copy(FILES.resolve("xcit_plain.pth"), dir.resolve("x.safetensors"));
    try (WeightsFile file = open(renamed, Optional.empty())) {
      assertThat(file.description()).startsWith("PyTorch file ");
      assertThat(file.card()).isEmpty();
      assertThat(file.tensors()).map(TensorSpec::name).contains("cls_token");
    }
    Path foreign =
        Tiny.write(dir.resolve("y.pth"), Tiny.stateDict("xcit_p16_rect", UnaryOperator.identity()));
    try (WeightsFile file = open(foreign, Optional.empty())) {
      assertThat(file.description()).isEqualTo("safetensors file " + file.path());
      assertThat(file.card()).isEmpty();
    }
  }

  @Test
  void aKeyChoosesAmongTheStatesOfAPyTorchFile() throws IOException {
    try (WeightsFile file =
        open(FILES.resolve("only_average.pth"), Optional.of("state_dict_ema"))) {
      assertThat(file.description()).endsWith("weights under 'state_dict_ema'");
    }
    assertThatThrownBy(() -> open(FILES.resolve("xcit_plain.pth"), Optional.of("ema")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("'ema'");
    Path foreign = Tiny.write(dir.resolve("a"), List.of(NamedTensor.longs("n", List.of(), 1)));
    assertThatThrownBy(() -> open(foreign, Optional.of("ema")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("which has no dictionary to look for 'ema' in")
        .hasMessageEndingWith("Leave the key out.");
  }

  @Test
  void doublesAreRounded() throws IOException {
    byte[] header =
        "{\"d\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}"
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(24 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length).put(header).putDouble(0.1).putDouble(-3);
    Path path = Files.write(dir.resolve("d"), bytes.array());
    try (WeightsFile file = open(path, Optional.empty())) {
      assertThat(file.floats("d")).containsExactly(0.1f, -3f);
    }
  }

  @Test
  void whatHoldsNoWeightsIsRefused() throws IOException {
    assertThatThrownBy(() -> open(dir.resolve("nowhere"), Optional.empty()))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining("there is no ");
    assertThatThrownBy(() -> open(dir, Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("is a directory without weights: it has neither model.safetensors")
        .hasMessageEndingWith("Name a model file, a checkpoint or a run.");
    for (String text : List.of("", "PK", "these are no weights at all")) {
      Path file = Files.writeString(dir.resolve("text"), text);
      assertThatThrownBy(() -> open(file, Optional.empty()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("is neither a safetensors file nor one that torch.save wrote")
          .hasMessageEndingWith(
              "Name a file of weights, a run directory or a checkpoint directory.");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "legacy_format.pth, is in the format torch.save had before PyTorch 1.6",
    "hostile.pth, posix.system"
  })
  void whatPyTorchFilesMustNotBeIsRefused(String name, String message) {
    assertThatThrownBy(() -> open(FILES.resolve(name), Optional.empty()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
    assertThat(Path.of("unpickled-something")).doesNotExist();
  }

  private Path model(String name, Architecture architecture) throws IOException {
    return Tiny.writeModel(
        dir.resolve(name),
        architecture,
        architecture.defaultPreprocessing().unnormalized(),
        Tiny.stateDict("xcit_p16", UnaryOperator.identity()));
  }

  private static WeightsFile open(Path path, Optional<String> key) throws IOException {
    return WeightsLocation.open(path.toString(), new Configuration(false), key);
  }
}
