package io.robusttrain.doctor.check;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A Java that Spark and Hadoop run on, with its packages opened to them. */
public record JavaCheck() implements Check<JavaCheck.Facts> {
  /** What {@code spark-submit/jvm.options} opens. */
  private static final List<String> OPENED =
      List.of(
          "java.lang",
          "java.lang.invoke",
          "java.nio",
          "java.util",
          "java.util.concurrent",
          "sun.nio.ch",
          "java.net",
          "java.io",
          "sun.security.action");

  private static final int OLDEST = 17;

  /** The newest that a training was seen on. */
  private static final int NEWEST = 25;

  /**
   * @param feature such as 17
   * @param closed packages that should be open
   */
  record Facts(int feature, String version, String vendor, String home, List<String> closed)
      implements Serializable {}

  @Override
  public String name() {
    return "java";
  }

  @Override
  public Facts examine(Place place) {
    Module base = Object.class.getModule();
    List<String> closed =
        OPENED.stream()
            // Newer Javas have one less.
            .filter(name -> base.getPackages().contains(name))
            .filter(name -> !base.isOpen(name, JavaCheck.class.getModule()))
            .toList();
    return new Facts(
        Runtime.version().feature(),
        Runtime.version().toString(),
        System.getProperty("java.vendor", "unknown vendor"),
        System.getProperty("java.home", ""),
        new ArrayList<>(closed));
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    List<Finding> troubles = new ArrayList<>();
    if (facts.feature() < OLDEST || facts.feature() > NEWEST) {
      troubles.add(
          Finding.failed(
              "Java %s in %s; RobustTrain needs 17 to 25".formatted(facts.version(), facts.home()),
              "install a JDK 17 there and point JAVA_HOME to it (spark.executorEnv.JAVA_HOME on YARN)"));
    }
    if (!facts.closed().isEmpty()) {
      troubles.add(
          Finding.failed(
              "not opened to Spark: java.base/" + String.join(", ", facts.closed()),
              place.role().drives()
                  ? "start with a script of spark-submit/, or give the JVM the options of spark-submit/jvm.options"
                  : "put the lines of spark-submit/jvm.options into spark.executor.extraJavaOptions"));
    }
    return Finding.orOk(
        troubles,
        "Java %s, %s; packages opened"
            .formatted(facts.version().replaceAll("[+-].*", ""), facts.vendor()));
  }

  @Override
  public List<Line> compare(Map<Place, Facts> facts) {
    Map<Place, String> javas = new HashMap<>();
    facts.forEach((place, own) -> javas.put(place, own.version() + ", " + own.vendor()));
    return Check.unlike(
        name(),
        javas,
        kinds ->
            Finding.warning(
                "different Javas: " + kinds,
                "install one JDK 17 on all hosts: results may differ in the last digits otherwise"));
  }

  @Override
  public String remedy() {
    return "start with a script of spark-submit/, which sets Java's options";
  }
}
