package io.robusttrain.checkpoint.card;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.Samples;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsFiles;
import io.robusttrain.checkpoint.tensors.SafetensorsWriter;
import io.robusttrain.checkpoint.tensors.TensorNames;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
  @TempDir java.nio.file.Path dir;
  private FileSystem fs;
  private Path path;

  @BeforeEach
  void openFileSystem() throws IOException {
    path = new Path(dir.resolve("best/model.safetensors").toUri());
    fs = Storage.fileSystem(path, new Configuration());
  }

  @Test
  void returnsCardAndWeights() throws IOException {
    ModelFile.write(fs, path, Fence.none(), Samples.CARD, Samples.tensors(1));
    try (ModelFile model = ModelFile.open(fs, path)) {
      assertThat(model.card()).isEqualTo(Samples.CARD);
      assertThat(model.card().architecture().arguments())
          .containsEntry("num_classes", 3L)
          .containsEntry("drop_path", 0.1)
          .containsEntry("img_size", List.of(64L, 64L));
      assertThat(model.tensors().floats("head.weight")).containsExactly(1, 2, 3);
      assertThat(SafetensorsFiles.longs(model.tensors(), "norm.num_batches_tracked"))
          .containsExactly(12);
    }
  }

  @Test
  void replacesTheFormerFileAndLeavesNothingElse() throws IOException {
    ModelFile.write(fs, path, Fence.none(), Samples.CARD, Samples.tensors(1));
    ModelFile.write(fs, path, Fence.none(), Samples.CARD, Samples.tensors(5));
    try (ModelFile model = ModelFile.open(fs, path)) {
      assertThat(model.tensors().floats("head.weight")[0]).isEqualTo(5);
    }
    try (Stream<java.nio.file.Path> files = Files.list(dir.resolve("best"))) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aFailedWriteLeavesTheFormerFile() throws IOException {
    ModelFile.write(fs, path, Fence.none(), Samples.CARD, Samples.tensors(1));
    NamedTensor failing =
        NamedTensor.streamed(
            "w",
            List.of(4L),
            (position, target, count) -> {
              throw new IOException("device lost");
            });
    assertThatThrownBy(
            () -> ModelFile.write(fs, path, Fence.none(), Samples.CARD, List.of(failing)))
        .isInstanceOf(IOException.class)
        .hasMessage("device lost");
    try (ModelFile model = ModelFile.open(fs, path)) {
      assertThat(model.tensors().floats("head.weight")[0]).isEqualTo(1);
    }
  }

  @Test
  void findsAFlippedByteOfTheWeights() throws IOException {
    ModelFile.write(fs, path, Fence.none(), Samples.CARD, Samples.tensors(1));
    java.nio.file.Path file = dir.resolve("best/model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 5] ^= 4;
    Files.write(file, bytes);
    assertThatThrownBy(() -> ModelFile.open(fs, path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model.safetensors is damaged: the SHA-256 of its data");
  }

  @Test
  void findsAChangedScore() throws IOException {
    ModelFile.write(fs, path, Fence.none(), Samples.CARD, Samples.tensors(1));
    java.nio.file.Path file = dir.resolve("best/model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    bytes[text.indexOf("0.612") + 2] = '9';
    Files.write(file, bytes);
    assertThatThrownBy(() -> ModelFile.open(fs, path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model.safetensors is damaged: the SHA-256 of its header");
  }

  @Test
  void refusesASafetensorsFileOfAnotherProgram() throws IOException {
    Storage.replace(fs, path, out -> SafetensorsWriter.write(out, Map.of(), Samples.tensors(1)));
    assertThatThrownBy(() -> ModelFile.open(fs, path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("'architecture' is missing from the metadata")
        .hasMessageContaining("Use a model.safetensors that a run wrote.");
  }

  @Test
  void tellsEveryDifferenceOfAnotherArchitectureTogether() throws IOException {
    ModelFile.write(fs, path, Fence.none(), Samples.CARD, Samples.tensors(1));
    try (ModelFile model = ModelFile.open(fs, path)) {
      assertThatThrownBy(
              () ->
                  TensorNames.require(
                      "xcit_nano_12_p16_224",
                      Map.of("head.weight", List.of(10L, 1L), "head.bias", List.of(10L)),
                      model.tensors()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("does not hold the weights of xcit_nano_12_p16_224")
          .hasMessageContaining("1 tensors missing (head.bias)")
          .hasMessageContaining("1 tensors unexpected (norm.num_batches_tracked)")
          .hasMessageContaining(
              "1 tensors of another shape (head.weight is [3, 1] instead of [10, 1])");
    }
  }

  @Test
  void scoresAndPreprocessingAreChecked() {
    assertThatThrownBy(() -> new Scores(0, 10, 0.01, 61.2, 1, 0.3, 0.9, WeightsKind.RAW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("An accuracy is a fraction, not 61.2.");
    assertThatThrownBy(
            () -> new PreprocessingCard(List.of(3, 64, 64), "bicubic", 1.5, List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("crop fraction");
    assertThatThrownBy(() -> ArchitectureCard.of("xcit", Map.of("a", new Object())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Argument 'a' cannot be stored");
  }
}
