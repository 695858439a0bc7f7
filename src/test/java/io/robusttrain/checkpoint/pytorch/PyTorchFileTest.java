package io.robusttrain.checkpoint.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.DType;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PyTorchFileTest {
  private static final Map<DType, String> NAMES =
      Map.of(
          DType.F64,
          "float64",
          DType.F32,
          "float32",
          DType.F16,
          "float16",
          DType.BF16,
          "bfloat16",
          DType.I64,
          "int64",
          DType.I32,
          "int32",
          DType.I16,
          "int16",
          DType.I8,
          "int8",
          DType.U8,
          "uint8",
          DType.BOOL,
          "bool");

  @TempDir(factory = OddFolder.class)
  Path folder;

  /** What PyTorch reads from each file: type, shape and digest of the elements. */
  static JsonNode expected() throws IOException {
    return new ObjectMapper().readTree(PyTorchFiles.bytes("expected.json"));
  }

  static Stream<String> loadable() throws IOException {
    List<String> names = new ArrayList<>();
    expected().fieldNames().forEachRemaining(names::add);
    return names.stream();
  }

  @ParameterizedTest
  @MethodSource("loadable")
  void everyTensorIsTheOneThatPyTorchReads(String name) throws Exception {
    JsonNode tensors = expected().get(name);
    try (PyTorchFile file = PyTorchFiles.open(name)) {
      assertThat(file.tensors()).hasSize(tensors.size()).isNotEmpty();
      for (TensorSpec spec : file.tensors()) {
        assertThat(file.spec(spec.name())).isEqualTo(spec);
        assertThat(described(file, spec))
            .as(spec.name())
            .isEqualTo(new ObjectMapper().writeValueAsString(tensors.get(spec.name())));
      }
    }
  }

  private static String described(PyTorchFile file, TensorSpec spec)
      throws IOException, NoSuchAlgorithmException {
    String shape = spec.shape().toString().replace(" ", "");
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(elements(file, spec));
    return "[\"%s\",%s,\"%s\"]"
        .formatted(NAMES.get(spec.dtype()), shape, HexFormat.of().formatHex(hash).substring(0, 32));
  }

  private static byte[] elements(PyTorchFile file, TensorSpec spec) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate((int) spec.elements() * 8).order(ByteOrder.LITTLE_ENDIAN);
    switch (spec.dtype()) {
      case F64, F32, F16, BF16 -> {
        for (float value : file.floats(spec.name())) {
          bytes.putFloat(value);
        }
      }
      case I64, I32, I16, I8, U8, BOOL ->
          LongStream.of(PyTorchFiles.longs(file, spec.name())).forEach(bytes::putLong);
    }
    return java.util.Arrays.copyOf(bytes.array(), bytes.position());
  }

  @ParameterizedTest
  @CsvSource({"xcit_plain.pth", "xcit_training.pth.tar"})
  void xcitHasTheWeightsOfTheGoldenModel(String name) throws IOException {
    SafetensorsFixture golden = SafetensorsFixture.read("golden/models/xcit_p16.safetensors");
    try (PyTorchFile file = PyTorchFiles.open(name)) {
      List<String> floats =
          file.tensors().stream()
              .filter(spec -> spec.dtype() == DType.F32)
              .map(TensorSpec::name)
              .toList();
      assertThat(floats).hasSizeGreaterThan(100);
      for (String tensor : floats) {
        assertThat(file.floats(tensor)).as(tensor).isEqualTo(golden.floats("model." + tensor));
      }
    }
  }

  @Test
  void viewsAreReadRowMajor() throws IOException {
    try (PyTorchFile file = PyTorchFiles.open("odd_tensors.pth")) {
      assertThat(file.stateDictKey()).isEmpty();
      assertThat(file.spec("view").shape()).containsExactly(2L, 3L);
      assertThat(file.floats("view")).containsExactly(6, 8, 10, 12, 14, 16);
      float[] transposed = file.floats("transposed");
      assertThat(file.spec("transposed").shape()).containsExactly(6L, 4L);
      for (int i = 0; i < 24; i++) {
        assertThat(transposed[i]).isEqualTo(i % 4 * 6 + i / 4);
      }
      assertThat(file.floats("shared_a")).isEqualTo(file.floats("shared_b")).hasSize(24);
      assertThat(file.floats("bf16")).isEqualTo(file.floats("shared_a"));
      assertThat(PyTorchFiles.longs(file, "i32")).isEqualTo(LongStream.range(0, 24).toArray());
      assertThat(file.spec("scalar").shape()).isEmpty();
      assertThat(file.floats("scalar")).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "xcit_plain.pth,",
    "xcit_training.pth.tar, state_dict",
    "convnext_module_prefix.pth,",
    "resnet_under_model_plain_dict.pth, model",
    "deit_half.pth,",
    "training.pth, state_dict",
    "only_average.pth, state_dict_ema"
  })
  void theUsualKeysAreTriedAndTold(String name, String key) throws IOException {
    try (PyTorchFile file = PyTorchFiles.open(name)) {
      assertThat(file.stateDictKey().orElse(null)).isEqualTo(key);
      assertThat(file.tensors())
          .extracting(TensorSpec::name)
          .noneMatch(tensor -> tensor.startsWith("module."));
    }
  }

  @Test
  void anotherKeyIsTakenWhenNamed() throws IOException {
    try (PyTorchFile file = PyTorchFiles.open("training.pth", "state_dict_ema")) {
      assertThat(file.stateDictKey()).contains("state_dict_ema");
      assertThat(file.floats("only")).containsExactly(9, 9);
    }
    assertThatThrownBy(() -> PyTorchFiles.open("training.pth", "model_ema"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(
            "training.pth", "'model_ema'", "'state_dict_ema'", "name their key");
  }

  @Test
  void whatIsNoTensorIsSkipped() throws IOException {
    try (PyTorchFile file = PyTorchFiles.open("training.pth")) {
      assertThat(file.tensors())
          .isNotEmpty()
          .extracting(TensorSpec::name)
          .doesNotContain("extra_state", "none");
    }
  }

  @Test
  void aMissingTensorAndAWrongTypeAreTold() throws IOException {
    try (PyTorchFile file = PyTorchFiles.open("training.pth")) {
      assertThatThrownBy(() -> file.floats("nothing"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContainingAll("training.pth", "no tensor 'nothing'");
      assertThatThrownBy(() -> file.floats("int32"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContainingAll("'int32'", "I32", "floating-point");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hostile.pth | names posix.system | torch.save(model.state_dict()",
        "module.pth | names torch.nn.modules.linear.Linear | torch.save(model.state_dict()",
        "dict_subclass.pth | names mine.MyDict | torch.save(model.state_dict()",
        "legacy_format.pth | before PyTorch 1.6 | torch.load('old.pth'",
        "script.pt | TorchScript | torch.jit.load",
        "bare_tensor.pth | holds a tensor, not a dictionary | torch.save(model.state_dict()",
        "no_weights.pth | it has the keys 'epoch', 'optimizer' | name their key",
        "no_checksums.pth | has no checksum | set_crc32_options(True)",
        "expected.json | is not a PyTorch file | Name a file"
      })
  void otherFilesAreRefusedWithTheWayOut(String name, String what, String remedy) {
    assertThatThrownBy(() -> PyTorchFiles.open(name))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(name, what, remedy);
    assertThat(Path.of("unpickled-something")).doesNotExist();
  }

  @Test
  void formatsOfOldAreKnownByTheirFirstBytes() throws IOException {
    byte[] tar = new byte[512];
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
    assertRefused("old.tar", tar, "tar archive");
    assertRefused("plain.pkl", new byte[] {(byte) 0x80, 4, 'N', '.'}, "Python pickle");
    assertRefused("empty.pth", new byte[0], "empty");
    assertRefused("zip.zip", zipWith("a.txt"), "0 entries NAME/data.pkl");

    assertThat(PyTorchFile.looksLikePyTorch(tar)).isTrue();
    assertThat(PyTorchFile.looksLikePyTorch(PyTorchFiles.bytes("xcit_plain.pth"))).isTrue();
    assertThat(PyTorchFile.looksLikePyTorch(PyTorchFiles.bytes("legacy_format.pth"))).isTrue();
    // A safetensors file whose header length has the bytes of a pickle's beginning.
    byte[] safetensors = {(byte) 0x80, 2, 0, 0, 0, 0, 0, 0, '{', '"'};
    assertThat(PyTorchFile.looksLikePyTorch(safetensors)).isFalse();
    assertThat(PyTorchFile.looksLikePyTorch(new byte[0])).isFalse();
  }

  private void assertRefused(String name, byte[] content, String what) throws IOException {
    Path file = Files.write(folder.resolve(name), content);
    assertThatThrownBy(() -> PyTorchFiles.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(name, what);
  }

  private static byte[] zipWith(String entry) throws IOException {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    try (java.util.zip.ZipOutputStream zip = new java.util.zip.ZipOutputStream(bytes)) {
      zip.putNextEntry(new java.util.zip.ZipEntry(entry));
      zip.closeEntry();
    }
    return bytes.toByteArray();
  }
}
