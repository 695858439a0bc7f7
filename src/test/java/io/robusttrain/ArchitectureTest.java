package io.robusttrain;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which package may know which. Each package under {@code io.robusttrain} is a room with a list of
 * the rooms it may import; a package that is not in the table fails the test, so that a new room
 * comes with a decision about its place.
 */
class ArchitectureTest {
  private static final String ROOT = "io.robusttrain";
  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final Path CLASSES = Path.of("target", "classes");

  /** Rooms that compute, in the order in which they build on each other. */
  private static final Set<String> CORE =
      Set.of("schedule", "tensor", "model", "attack", "objective", "data", "optim");

  private static final Map<String, Set<String>> ROOMS =
      Map.ofEntries(
          Map.entry("base", Set.of()),
          Map.entry("schedule", Set.of()),
          Map.entry("tensor", Set.of()),
          Map.entry("model", Set.of("tensor")),
          Map.entry("attack", Set.of("tensor", "model")),
          Map.entry("objective", Set.of("attack", "schedule", "tensor", "model")),
          Map.entry("data", Set.of("tensor", "schedule")),
          Map.entry("optim", Set.of("tensor")),
          Map.entry("engine", Set.of()),
          Map.entry("bigdl", union(CORE, "engine")),
          Map.entry("checkpoint", Set.of("tensor")),
          Map.entry("pretrained", Set.of("checkpoint", "model", "tensor")),
          Map.entry("config", union(CORE, "checkpoint", "pretrained")),
          Map.entry("report", Set.of("checkpoint")),
          Map.entry(
              "evaluate", Set.of("attack", "data", "checkpoint", "pretrained", "model", "tensor")),
          Map.entry(
              "analysis", Set.of("evaluate", "attack", "data", "checkpoint", "model", "tensor")),
          Map.entry(
              "train",
              union(
                  CORE,
                  "config",
                  "engine",
                  "bigdl",
                  "checkpoint",
                  "pretrained",
                  "report",
                  "evaluate",
                  "analysis")),
          Map.entry("sweep", Set.of("config", "report", "checkpoint")),
          Map.entry("doctor", Set.of("tensor", "data", "checkpoint", "bigdl")),
          Map.entry("speed", union(CORE, "engine", "report", "train")),
          Map.entry(
              "app",
              union(
                  CORE,
                  "config",
                  "engine",
                  "bigdl",
                  "checkpoint",
                  "pretrained",
                  "report",
                  "evaluate",
                  "analysis",
                  "train",
                  "speed",
                  "doctor",
                  "sweep")));

  private static final Set<String> SPARK_ROOMS =
      Set.of("bigdl", "data", "train", "evaluate", "analysis", "doctor", "app");

  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes = new ClassFileImporter().importPath(CLASSES);
  }

  static Stream<String> rooms() {
    return ROOMS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void aRoomImportsOnlyTheRoomsItMayKnow(String room) {
    String[] forbidden =
        rooms()
            .filter(
                other ->
                    !other.equals(room)
                        && !other.equals("base")
                        && !ROOMS.get(room).contains(other))
            .map(ArchitectureTest::packageOf)
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(packageOf(room))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void launchersInTheDefaultPackageKnowTheApplicationOnly() {
    noClasses()
        .that()
        .resideInAPackage("")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(ROOT + "..").and(not(resideInAnyPackage(packageOf("app")))))
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void onlyTheBigDlRoomImportsBigDl() {
    noClasses()
        .that()
        .resideOutsideOfPackage(packageOf("bigdl"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.intel.analytics..")
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void onlyTheRoomsThatRunJobsImportSpark() {
    noClasses()
        .that()
        .resideOutsideOfPackages(packagesOf(SPARK_ROOMS))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.spark..")
        .allowEmptyShould(true)
        .check(classes);
  }

  /**
   * {@code scala.Tuple2} is how Spark's Java API spells a pair, and the events of a Spark listener
   * carry Scala collections; every other Scala type stays in.
   */
  @Test
  void scalaStaysInTheBigDlRoom() {
    noClasses()
        .that()
        .resideOutsideOfPackage(packageOf("bigdl"))
        .and()
        .areNotAssignableTo("org.apache.spark.scheduler.SparkListener")
        .should()
        .dependOnClassesThat(resideInAnyPackage("scala..").and(not(name("scala.Tuple2"))))
        .allowEmptyShould(true)
        .check(classes);
    noClasses()
        .that()
        .resideOutsideOfPackages(packagesOf(SPARK_ROOMS))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("scala..")
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void roomsWithoutArithmeticImportNoNativeLibrary() {
    noClasses()
        .that()
        .resideInAnyPackage(packagesOf(Set.of("config", "schedule", "report")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void everyPackageSaysWhatItIsForAndHasAPlaceInTheTable() throws IOException {
    List<String> problems = new ArrayList<>();
    for (Path folder : new TreeSet<>(packageFolders())) {
      Path room = SOURCES.resolve(Path.of("io", "robusttrain")).relativize(folder);
      if (!Files.isRegularFile(folder.resolve("package-info.java"))) {
        problems.add(folder + " has no package-info.java");
      }
      if (!ROOMS.containsKey(room.getName(0).toString())) {
        problems.add(folder + " is in no room: add it to the table of this test");
      }
    }
    assertThat(problems).isEmpty();
  }

  private static List<Path> packageFolders() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(Path::getParent)
          .filter(folder -> !folder.equals(SOURCES))
          .distinct()
          .toList();
    }
  }

  private static String packageOf(String room) {
    return ROOT + "." + room + "..";
  }

  private static String[] packagesOf(Set<String> rooms) {
    return rooms.stream().map(ArchitectureTest::packageOf).toArray(String[]::new);
  }

  private static Set<String> union(Set<String> rooms, String... more) {
    Set<String> all = new TreeSet<>(rooms);
    all.addAll(List.of(more));
    return all;
  }
}
