package io.robusttrain.checkpoint.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
  @TempDir Path dir;

  /** The file was written by Python's safetensors 0.8 from torch tensors. */
  @Test
  void readsEveryTypeOfAFileWrittenByPython() throws IOException {
    Path path = dir.resolve("python.safetensors");
    try (InputStream in = getClass().getResourceAsStream("/checkpoint/python.safetensors")) {
      Files.copy(in, path);
    }
    try (SafetensorsFile file = SafetensorsFiles.open(path)) {
      assertThat(file.metadata())
          .containsEntry("format", "pt")
          .containsEntry("note", "größe \"x\" 0");
      assertThat(file.spec("f32")).isEqualTo(new TensorSpec("f32", DType.F32, List.of(2L, 3L)));
      assertThat(file.floats("f32"))
          .containsExactly(1.5f, -2.25f, 3e-40f, Float.POSITIVE_INFINITY, 1e38f, -0.0f);
      assertThat(file.doubles("f64")).containsExactly(1 / 3.0, -1e300);
      assertThat(file.floats("f16"))
          .containsExactly(
              0f,
              -0f,
              1f,
              -2.5f,
              65504f,
              0x1p-24f,
              1023 * 0x1p-24f,
              Float.POSITIVE_INFINITY,
              Float.NEGATIVE_INFINITY,
              Float.NaN,
              1365 * 0x1p-12f);
      assertThat(file.floats("bf16"))
          .containsExactly(1f, -3.140625f, Float.intBitsToFloat(0x7e96 << 16), 0f);
      assertThat(SafetensorsFiles.longs(file, "i64")).containsExactly((1L << 40) + 7);
      assertThat(file.spec("i64").shape()).isEmpty();
      assertThat(SafetensorsFiles.longs(file, "i32")).containsExactly(-5, 2147483647);
      assertThat(SafetensorsFiles.longs(file, "i16")).containsExactly(-300, 7);
      assertThat(SafetensorsFiles.longs(file, "i8")).containsExactly(-128, 5);
      assertThat(SafetensorsFiles.longs(file, "u8")).containsExactly(0, 255, 128);
      assertThat(SafetensorsFiles.longs(file, "bool")).containsExactly(1, 0, 1);
      assertThat(file.floats("empty")).isEmpty();
      assertThat(file.tensors()).hasSize(12);
      float[] part = new float[5];
      file.floats("f32", 1, part, 2, 3);
      assertThat(part).containsExactly(0, 0, -2.25f, 3e-40f, Float.POSITIVE_INFINITY);
    }
  }

  @Test
  void returnsWhatTheWriterWasGivenInItsOrder() throws IOException {
    float[] large = new float[700_000];
    for (int i = 0; i < large.length; i++) {
      large[i] = i * 0.5f;
    }
    Path path =
        write(
            Map.of("k", "v"),
            List.of(
                NamedTensor.floats("odd", List.of(3L), new float[] {1, 2, 3}),
                NamedTensor.longs("bn.num_batches_tracked", List.of(), 9),
                NamedTensor.floats("large", List.of(7L, 100_000L), large),
                NamedTensor.floats("view", List.of(2L), large, 10)));
    try (SafetensorsFile file = SafetensorsFiles.open(path)) {
      assertThat(file.tensors())
          .extracting(TensorSpec::name)
          .containsExactly("odd", "bn.num_batches_tracked", "large", "view");
      assertThat(file.floats("large")).isEqualTo(large);
      assertThat(file.floats("view")).containsExactly(5f, 5.5f);
      assertThat(SafetensorsFiles.longs(file, "bn.num_batches_tracked")).containsExactly(9);
      assertThat(file.metadata()).containsExactly(Map.entry("k", "v"));
    }
  }

  /** PyTorch's loader views bytes as elements in place, which needs aligned data. */
  @Test
  void alignsEveryTensorToItsElementSize() throws IOException {
    Path path =
        write(
            Map.of(),
            List.of(
                NamedTensor.floats("odd", List.of(1L), new float[] {1}),
                NamedTensor.longs("count", List.of(), 9)));
    byte[] bytes = Files.readAllBytes(path);
    long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(header % 8).isZero();
    assertThat(new String(bytes, 8, (int) header, StandardCharsets.UTF_8))
        .contains("\"count\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}")
        .contains("\"odd\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 8, 20, 60, -1})
  void namesAFileCutShort(int length) throws IOException {
    Path path = write(Map.of(), List.of(NamedTensor.floats("w", List.of(2L), new float[2])));
    byte[] bytes = Files.readAllBytes(path);
    Files.write(path, Arrays.copyOf(bytes, length < 0 ? bytes.length + length : length));
    assertThatThrownBy(() -> SafetensorsFiles.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining("Take another copy or write it again.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}} | 12 | overlap or gap",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | 8 | overlap or gap",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | 12 | cut short or overlong",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}} | 4 | needs 8 bytes",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | 8 | needs 8 bytes",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | 8 | extent or offset -2",
        "{'a':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,0]}} | 0 | 64 bits",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,99999999999999999999]}} | 8 | extent or offset",
        "{'a':{'dtype':'C64','shape':[1],'data_offsets':[0,8]}} | 8 | the type",
        "{'a':{'dtype':'F32','data_offsets':[0,8]}} | 8 | lacks its shape",
        "{'a':{'dtype':'F32','shape':[0],'data_offsets':[0,0]},'a':{'dtype':'F32','shape':[0],'data_offsets':[0,0]}} | 0 | not JSON",
        "{'__metadata__':{'k':3}} | 0 | wants a string",
        "{'a' | 0 | not JSON",
        "[1] | 0 | not a JSON object",
      })
  void refusesAHeaderThatContradictsItself(String header, int data, String problem)
      throws IOException {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    Path path = Files.write(dir.resolve("bad.safetensors"), bytes.array());
    assertThatThrownBy(() -> SafetensorsFiles.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("bad.safetensors")
        .hasMessageContaining(problem);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 100_000_001L, Long.MAX_VALUE, 17})
  void refusesAHugeHeaderWithoutReservingMemory(long length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    Path path = Files.write(dir.resolve("huge.safetensors"), bytes.array());
    assertThatThrownBy(() -> SafetensorsFiles.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("announces a header of " + Long.toUnsignedString(length));
  }

  @Test
  void namesAMissingTensorAndAWrongType() throws IOException {
    Path path = write(Map.of(), List.of(NamedTensor.longs("n", List.of(2L), 1, 2)));
    try (SafetensorsFile file = SafetensorsFiles.open(path)) {
      assertThatThrownBy(() -> file.floats("w"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("has no tensor 'w'");
      assertThatThrownBy(() -> file.floats("n"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("is of type I64, expected F32, F16 or BF16");
      assertThatThrownBy(() -> file.floats("n", 1, new float[2], 0, 2))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("elements 1 to 3 of tensor 'n'");
    }
  }

  @Test
  void refusesToWriteNonsense() {
    assertThatThrownBy(() -> NamedTensor.floats("w", List.of(3L), new float[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Tensor 'w' of shape [3] has 3 elements, 2 were given.");
    NamedTensor twin = NamedTensor.longs("n", List.of(), 1);
    assertThatThrownBy(() -> write(Map.of(), List.of(twin, twin)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Two tensors are named 'n'.");
    assertThatThrownBy(() -> NamedTensor.longs("__metadata__", List.of(), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Path write(Map<String, String> metadata, List<NamedTensor> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SafetensorsWriter.write(out, metadata, tensors);
    return Files.write(dir.resolve("written.safetensors"), out.toByteArray());
  }
}
