package io.robusttrain.app.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.app.SavedModel;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.storage.OddFolder;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exported files of every family, read without this project's reader, against timm's key lists. */
@Tag("slow")
class ExportTest {
  private static final Map<String, String> TYPES = Map.of("F32", "float32", "I64", "int64");

  @TempDir(factory = OddFolder.class)
  private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cait_xxs24_224",
        "convnext_tiny",
        "convnextv2_atto",
        "deit_tiny_patch16_224",
        "poolformer_s12",
        "resnet50_32",
        "vit_small_patch14_reg4_dinov2",
        "wide_resnet28_10",
        "xcit_nano_12_p16_224"
      })
  void keysShapesAndTypesAreTimms(String name) throws IOException {
    Path saved = folder.resolve("model.safetensors");
    SavedModel.write(saved, ModelRegistry.create(name, ModelOptions.none()));
    Path exported = folder.resolve("exported.safetensors");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        InspectCommand.execute(
            new PrintWriter(out),
            new PrintWriter(err),
            "export",
            saved.toString(),
            exported.toString());
    assertThat(status).as(err.toString()).isZero();
    assertThat(read(exported)).isEqualTo(expected(name));
  }

  /** Names with types and shapes, straight from the file's JSON header. */
  private static Map<String, String> read(Path file) throws IOException {
    JsonNode header;
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      int length = Math.toIntExact(Long.reverseBytes(in.readLong()));
      header =
          new ObjectMapper().readTree(new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }
    Map<String, String> tensors = new TreeMap<>();
    header
        .fields()
        .forEachRemaining(
            entry -> {
              if (!entry.getKey().equals("__metadata__")) {
                tensors.put(
                    entry.getKey(),
                    TYPES.get(entry.getValue().get("dtype").asText())
                        + entry.getValue().get("shape"));
              }
            });
    return tensors;
  }

  /** Columns of a list: name, shape, type, kind, whether weight decay applies. */
  private static Map<String, String> expected(String name) throws IOException {
    Map<String, String> tensors = new TreeMap<>();
    List<String> lines =
        Files.readAllLines(Path.of("src/test/resources/state-dict-keys", name + ".txt"));
    for (String line : lines) {
      if (!line.startsWith("#")) {
        String[] columns = line.split("\t", -1);
        tensors.put(columns[0], columns[2] + columns[1].replace(" ", ""));
      }
    }
    return tensors;
  }
}
