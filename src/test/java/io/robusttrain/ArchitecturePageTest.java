package io.robusttrain;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The walks of {@code docs/architecture.md} lead through code that exists, hop by hop. */
class ArchitecturePageTest {
  private static final String ROOT = "io.robusttrain";
  private static final Path PAGE = Path.of("docs", "architecture.md");
  private static final Pattern HOP = Pattern.compile("(?m)^([a-z]\\S*) -> ([a-z]\\S*)  +\\S.*$");
  private static final Pattern PLACE = Pattern.compile("([a-z.]+\\.[A-Z]\\w*)(?:\\.(\\w+))?");

  private static List<MatchResult> hops;

  @BeforeAll
  static void readPage() throws IOException {
    hops = HOP.matcher(Files.readString(PAGE)).results().toList();
  }

  @Test
  void everyClassAndMethodOfAWalkExists() throws ClassNotFoundException {
    List<String> missing = new ArrayList<>();
    for (MatchResult hop : hops) {
      for (String place : List.of(hop.group(1), hop.group(2))) {
        MatchResult parts = parts(place);
        if (parts.group(2) != null && !hasMethod(parts.group(1), parts.group(2))) {
          missing.add(place);
        }
      }
    }
    assertThat(hops).hasSizeGreaterThan(40);
    assertThat(missing).isEmpty();
  }

  @Test
  void everyHopGoesToAClassThatIsNamedWhereItStarts() {
    TypeGraph types =
        TypeGraph.ofTypes(new ClassFileImporter().importPath(PackageInfo.CLASSES), ROOT);
    List<String> broken = new ArrayList<>();
    for (MatchResult hop : hops) {
      String from = parts(hop.group(1)).group(1);
      String to = parts(hop.group(2)).group(1);
      if (!types.targets(from).contains(to)) {
        broken.add(hop.group());
      }
    }
    assertThat(broken).isEmpty();
  }

  private static MatchResult parts(String place) {
    var matcher = PLACE.matcher(place);
    assertThat(matcher.matches()).as(place).isTrue();
    return matcher.toMatchResult();
  }

  private static boolean hasMethod(String type, String method) throws ClassNotFoundException {
    return Arrays.stream(Class.forName(ROOT + "." + type).getDeclaredMethods())
        .anyMatch(declared -> declared.getName().equals(method));
  }
}
