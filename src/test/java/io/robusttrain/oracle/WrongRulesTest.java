package io.robusttrain.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The places that {@code src/test/scripts/wrong-rules.sh} changes are where its list says. */
class WrongRulesTest {
  private static final Path LIST = Path.of("src/test/scripts/wrong-rules.tsv");

  static Stream<String> rules() throws IOException {
    return Files.readAllLines(LIST).stream().filter(line -> !line.startsWith("#"));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void eachChangesOnePlaceOfAClassAndNamesATest(String rule) throws IOException {
    List<String> fields = List.of(rule.split("\t", -1));
    assertThat(fields).hasSize(5).doesNotContain("");
    String source =
        Files.readString(Path.of("src/main/java/io/robusttrain", fields.get(1) + ".java"));
    assertThat(source.split(Pattern.quote(fields.get(2)), -1)).as(fields.get(2)).hasSize(2);
    try (Stream<Path> tests = Files.walk(Path.of("src/test/java"))) {
      assertThat(
              tests.filter(file -> file.endsWith(fields.get(0).replaceFirst("#.*", "") + ".java")))
          .hasSize(1);
    }
  }
}
