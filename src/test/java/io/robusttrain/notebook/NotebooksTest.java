package io.robusttrain.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files of the notebooks, as somebody reads them on a code host. */
class NotebooksTest {
  private static final Path FOLDER = Path.of("notebooks");
  private static final Path DOCUMENTATION = Path.of("docs", "notebooks.md");

  /** Code hosts show no larger files, and readers wait for them. */
  private static final long LARGEST = 2_000_000;

  private static final String PICTURE = "[A-Za-z0-9+/=]{200,}";

  static List<Path> notebooks() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    }
  }

  private static List<JsonNode> code(Path notebook) throws IOException {
    JsonNode cells = new ObjectMapper().readTree(notebook.toFile()).path("cells");
    return StreamSupport.stream(cells.spliterator(), false)
        .filter(cell -> cell.path("cell_type").asText().equals("code"))
        .toList();
  }

  private static String source(JsonNode cell) {
    return StreamSupport.stream(cell.path("source").spliterator(), false)
        .map(JsonNode::asText)
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void itsOutputsAreStoredAndSayNothingOfTheMachine(Path notebook) throws IOException {
    assertThat(Files.size(notebook)).isLessThan(LARGEST);
    for (JsonNode cell : code(notebook)) {
      assertThat(cell.path("execution_count").isInt()).as(source(cell)).isTrue();
      if (!cell.at("/metadata/robusttrain/shows").isEmpty()) {
        assertThat(cell.path("outputs")).as(source(cell)).isNotEmpty();
      }
      String shown = cell.path("outputs").toString().replaceAll(PICTURE, "");
      assertThat(shown)
          .as(source(cell))
          .doesNotContain("\"output_type\":\"error\"")
          .doesNotContainPattern("(?<![\\w.])/(home|root|tmp|work|Users|mnt|opt|var)\\b");
    }
    assertThat(Files.readString(DOCUMENTATION)).contains("(../notebooks/" + notebook.getFileName());
  }

  @Test
  void theDocumentedLinesAreThoseOfTheNotebookThatIsExecuted() throws IOException {
    String documented =
        Files.readString(DOCUMENTATION)
            .replaceFirst("(?s).*## From an empty notebook.*?```java\n(.*?)\n```.*", "$1");
    assertThat(documented.lines()).hasSizeLessThan(15);
    assertThat(code(FOLDER.resolve("00-empty.ipynb")).stream().map(NotebooksTest::source))
        .containsExactly(documented);
  }
}
