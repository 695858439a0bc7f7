package io.robusttrain.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The files of the notebooks, as somebody reads them on a code host. */
class NotebooksTest {
  private static final Path FOLDER = Path.of("notebooks");
  private static final Path DOCUMENTATION = Path.of("docs", "notebooks.md");

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
