package io.robusttrain.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.RunLeaseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunDirectoryTest {
  private static final Configuration CONF = new Configuration();

  @TempDir Path dir;

  @Test
  void laysOutANewRunAndContinuesIt() throws IOException {
    RunDirectory first = open("quick-1", "a = 1\n", Map.of("seed", "42"));
    assertThat(first.path().toString()).endsWith("/quick-1");
    assertThat(dir.resolve("quick-1/config.conf")).hasContent("a = 1\n");
    assertThat(dir.resolve("quick-1/checkpoints")).isDirectory();
    assertThat(dir.resolve("quick-1/best")).isDirectory();
    assertThat(dir.resolve("quick-1/events")).isDirectory();
    Files.writeString(dir.resolve("quick-1/metrics.jsonl"), "");

    RunDirectory second = open("quick-1", "a = 2\n", Map.of("seed", "43"));
    assertThat(dir.resolve("quick-1/metrics.jsonl")).exists();
    assertThat(dir.resolve("quick-1/config.conf")).hasContent("a = 2\n");
    JsonNode manifest = Json.tree(Files.readAllBytes(dir.resolve("quick-1/manifest.json")));
    assertThat(manifest.path("run").asText()).isEqualTo("quick-1");
    assertThat(manifest.path("starts").findValuesAsText("seed")).containsExactly("42", "43");
    assertThat(second.best().toString()).endsWith("/quick-1/best/model.safetensors");
    assertThat(second.metrics().toString()).startsWith("file:/").endsWith("metrics.jsonl");
  }

  @Test
  void aLostRunIsNotWritten() throws IOException {
    boolean[] lost = new boolean[1];
    Fence fence =
        () -> {
          if (lost[0]) {
            throw new RunLeaseException("lost");
          }
        };
    org.apache.hadoop.fs.Path root = new org.apache.hadoop.fs.Path(dir.toUri());
    RunDirectory run = RunDirectory.open(root, "trial", CONF, "a = 1\n", Map.of(), fence);
    run.replace(run.best(), out -> out.write(1));
    assertThat(run.fence()).isSameAs(fence);
    lost[0] = true;
    assertThatThrownBy(() -> run.replace(run.best(), out -> out.write(2))).hasMessage("lost");
    assertThatThrownBy(() -> run.checkpointStore(Optional.empty()).begin("epoch-0001"))
        .hasMessage("lost");
    assertThatThrownBy(() -> RunDirectory.open(root, "trial", CONF, "a = 2\n", Map.of(), fence))
        .isInstanceOf(RunLeaseException.class);
    assertThat(dir.resolve("trial/config.conf")).hasContent("a = 1\n");
    assertThat(dir.resolve("trial/best/model.safetensors")).hasBinaryContent(new byte[] {1});
  }

  @Test
  void whatACrashLeftIsClearedAway() throws IOException {
    open("trial", "", Map.of());
    String left = ".tmp-01234567-89ab-cdef-0123-456789abcdef";
    Files.writeString(dir.resolve("trial/.config.conf" + left), "half");
    Files.writeString(dir.resolve("trial/best/.model.safetensors" + left), "half");
    Path parts = Files.createDirectory(dir.resolve("trial/metrics.parts"));
    String copy = ".new-01234567-89ab-cdef-0123-456789abcdef";
    Files.writeString(parts.resolve(".part-000001-at-000000000000.jsonl" + copy), "line");
    Path epochs = Files.createDirectory(dir.resolve("trial/epochs"));
    Files.writeString(epochs.resolve(".epoch-0002.safetensors" + left), "half");
    Files.writeString(epochs.resolve(".epoch-0001.safetensors" + copy), "weights");
    org.apache.hadoop.fs.Path run = new org.apache.hadoop.fs.Path(dir.resolve("trial").toUri());
    KeptEpochs whileReplaced = KeptEpochs.of(run, CONF);
    assertThat(whileReplaced.epochs()).containsExactly(1);
    assertThat(whileReplaced.file(1).getName()).isEqualTo("epoch-0001.safetensors");
    open("trial", "", Map.of());
    assertThat(epochs).isDirectoryContaining("glob:**/epoch-0001.safetensors");
    assertThat(epochs.resolve(".epoch-0002.safetensors" + left)).doesNotExist();
    assertThat(dir.resolve("trial/.config.conf" + left)).doesNotExist();
    assertThat(dir.resolve("trial/best")).isEmptyDirectory();
    assertThat(parts).isDirectoryContaining("glob:**/part-000001-at-000000000000.jsonl");
  }

  @Test
  void namesADirectoryThatCannotBeWritten() throws IOException {
    Files.writeString(dir.resolve("taken"), "a file");
    assertThatThrownBy(() -> open("taken", "", Map.of()))
        .isInstanceOf(RunDirectoryException.class)
        .hasMessageContaining("taken cannot be written")
        .hasMessageEndingWith("Choose another run directory or make it writable.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../up", "a/b", ".hidden", "a b"})
  void refusesAnIdThatCannotNameADirectory(String id) {
    assertThatThrownBy(() -> open(id, "", Map.of()))
        .isInstanceOf(RunDirectoryException.class)
        .hasMessageContaining("The run id '" + id + "'");
  }

  private RunDirectory open(String id, String config, Map<String, String> provenance) {
    return RunDirectory.open(
        new org.apache.hadoop.fs.Path(dir.toUri()), id, CONF, config, provenance, Fence.none());
  }
}
