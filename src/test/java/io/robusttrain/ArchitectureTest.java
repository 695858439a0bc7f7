package io.robusttrain;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which package may know which. Each {@code package-info.java} says which packages of ours its own
 * imports; this test holds them to it, by exact package. What no package may say is here.
 */
class ArchitectureTest {
  private static final String ROOT = "io.robusttrain";
  private static final int MOST_CLASSES = 25;

  /** Rooms that everything else stands on, and all that they may import. */
  private static final Map<String, Set<String>> FOUNDATIONS =
      Map.of(
          "base", Set.of(),
          "storage", Set.of("base"),
          "tensor", Set.of("base"),
          "schedule", Set.of("base"),
          "engine", Set.of("base"));

  private static final Set<String> SPARK_ROOMS =
      Set.of(
          "bigdl",
          "cluster",
          "collective",
          "data.prep",
          "evaluate",
          "evaluate.run",
          "notebook",
          "doctor",
          "api",
          "app",
          "app.launch",
          "app.train",
          "app.eval",
          "analysis",
          "app.analyze",
          "refine",
          "app.refine",
          "app.prep",
          "app.speed",
          "app.doctor");

  /**
   * Types that name each other because together they are one idea: a shape that is defined by
   * recursion, or a result and what it is a result of.
   */
  private static final Set<Set<String>> FAMILIES = Set.of();

  private static JavaClasses classes;
  private static TypeGraph types;
  private static TypeGraph packages;

  @BeforeAll
  static void importClasses() throws IOException {
    classes = new ClassFileImporter().importPath(PackageInfo.CLASSES);
    types = TypeGraph.ofTypes(classes, ROOT);
    packages = types.byPackage();
    // Byte code forgets what only a catch clause or a comment names.
    for (PackageInfo info : PackageInfo.all()) {
      packages.add(info.name(), info.importedInSource());
    }
  }

  static Stream<PackageInfo> packages() throws IOException {
    return PackageInfo.all().stream();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageImportsExactlyWhatItSays(PackageInfo info) {
    assertThat(packages.targets(info.name())).as(info.name()).isEqualTo(info.imports());
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageHasAtMost25ClassesOrSaysWhyItHasMore(PackageInfo info) {
    if (!info.saysWhyItIsLarge()) {
      assertThat(types.namesIn(info.name())).hasSizeLessThanOrEqualTo(MOST_CLASSES);
    }
  }

  @Test
  void noPackagesFormACircle() {
    assertThat(packages.circles()).isEmpty();
  }

  @Test
  void noTypesFormACircleButFamilies() {
    assertThat(types.circles()).isEqualTo(FAMILIES);
  }

  @Test
  void theFoundationsKnowNothingAboveThem() {
    for (Map.Entry<String, Set<String>> room : new TreeMap<>(FOUNDATIONS).entrySet()) {
      assertThat(packages.targets(room.getKey())).as(room.getKey()).isSubsetOf(room.getValue());
    }
  }

  @Test
  void trainKnowsEnginesByTheirInterfaceOnly() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".train..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            ROOT + ".bigdl..", ROOT + ".cluster..", ROOT + ".collective..", ROOT + ".app..")
        .check(classes);
  }

  @Test
  void launchersInTheDefaultPackageKnowTheApplicationOnly() {
    noClasses()
        .that()
        .resideInAPackage("")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(ROOT + "..").and(not(resideInAnyPackage(ROOT + ".app.."))))
        .check(classes);
  }

  @Test
  void onlyTheBigDlRoomImportsBigDl() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".bigdl")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.intel.analytics..")
        .check(classes);
  }

  @Test
  void onlyTheRoomsThatRunJobsImportSpark() {
    assertThat(importersOf("org.apache.spark")).isSubsetOf(SPARK_ROOMS);
  }

  /**
   * {@code scala.Tuple2} is how Spark's Java API spells a pair, and the events of a Spark listener
   * carry Scala collections; every other Scala type stays in.
   */
  @Test
  void scalaStaysInTheRoomsOfBigDlAndOfSparksJobs() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".bigdl", ROOT + ".cluster")
        .and()
        .areNotAssignableTo("org.apache.spark.scheduler.SparkListener")
        .should()
        .dependOnClassesThat(resideInAnyPackage("scala..").and(not(name("scala.Tuple2"))))
        .check(classes);
    assertThat(importersOf("scala")).isSubsetOf(SPARK_ROOMS);
  }

  @Test
  void onlyTheCollectiveRoomKnowsC10d() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".collective")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "org\\.bytedeco\\.pytorch\\.(gloo|nccl)\\..*|org\\.bytedeco\\.pytorch\\.(ProcessGroup.*|.*Store|Work)")
        .check(classes);
  }

  @Test
  void roomsWithoutArithmeticImportNoNativeLibrary() {
    Set<String> importers = importersOf("org.bytedeco");
    assertThat(importers).doesNotContain("base", "storage", "schedule", "engine", "report");
    assertThat(importers).noneMatch(room -> room.startsWith("checkpoint"));
  }

  /** What it calls has no protection against wrong arguments. */
  @Test
  void onlyTheProfilerAndTheLoaderCallNativeSymbols() {
    assertThat(importersOf("com.sun.jna")).containsExactly("speed.profile", "tensor");
  }

  private static Set<String> importersOf(String foreign) {
    Set<String> importers = new TreeSet<>();
    for (JavaClass type : classes) {
      boolean imports =
          type.getDirectDependenciesFromSelf().stream()
              .map(dependency -> dependency.getTargetClass().getPackageName() + ".")
              .anyMatch(target -> target.startsWith(foreign + "."));
      if (imports && type.getPackageName().startsWith(ROOT + ".")) {
        importers.add(type.getPackageName().substring(ROOT.length() + 1));
      }
    }
    return importers;
  }
}
