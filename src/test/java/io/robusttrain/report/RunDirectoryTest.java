package io.robusttrain.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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
    assertThat(first.continued()).isFalse();
    assertThat(dir.resolve("quick-1/config.conf")).hasContent("a = 1\n");
    assertThat(dir.resolve("quick-1/checkpoints")).isDirectory();
    assertThat(dir.resolve("quick-1/best")).isDirectory();
    assertThat(dir.resolve("quick-1/events")).isDirectory();
    Files.writeString(dir.resolve("quick-1/metrics.jsonl"), "");

    RunDirectory second = open("quick-1", "a = 2\n", Map.of("seed", "43"));
    assertThat(second.continued()).isTrue();
    assertThat(dir.resolve("quick-1/config.conf")).hasContent("a = 2\n");
    JsonNode manifest =
        JsonLines.MAPPER.readTree(Files.readAllBytes(dir.resolve("quick-1/manifest.json")));
    assertThat(manifest.path("run").asText()).isEqualTo("quick-1");
    assertThat(manifest.path("starts").findValuesAsText("seed")).containsExactly("42", "43");
    assertThat(second.best().toString()).endsWith("/quick-1/best/model.safetensors");
    assertThat(second.metrics().toString()).startsWith("file:/").endsWith("metrics.jsonl");
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
        new org.apache.hadoop.fs.Path(dir.toUri()), id, CONF, config, provenance);
  }
}
