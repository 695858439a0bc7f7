package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the ground room does, no other room does for itself. */
class GroundKitsTest {
  private static final Path SOURCES = Path.of("src", "main", "java");

  @ParameterizedTest
  @CsvSource({
    "new ObjectMapper(, Json.java",
    "JsonNodeFactory.instance, Json.java",
    "MessageDigest.getInstance(, Sha256.java",
    "getPropertySources(, HadoopSettings.java"
  })
  void onlyTheGroundRoomSays(String words, String file) throws IOException {
    assertThat(filesThatSay(words)).containsExactly("io/robusttrain/base/" + file);
  }

  private static List<String> filesThatSay(String words) throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java") && read(file).contains(words))
          .map(file -> SOURCES.relativize(file).toString())
          .toList();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
