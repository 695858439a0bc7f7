package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A folder laid out as a Spark distribution is, with its own versions of what RobustTrain has newer
 * ones of, and nothing of RobustTrain: {@code jars/}, {@code conf/}, {@code RELEASE}, and commands
 * in {@code bin/} that do what the distribution's do, which Maven has not.
 */
final class StockSpark {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final Pattern VERSIONED = Pattern.compile("(.+?)-\\d[^/]*\\.jar");

  private static final String SPARK_CLASS =
      """
      #!/usr/bin/env bash
      set -euo pipefail
      export SPARK_HOME="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)" SPARK_SCALA_VERSION=2.12
      source "$SPARK_HOME/conf/spark-env.sh"
      java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
      words=()
      while IFS= read -r -d '' word; do words+=("$word"); done < <(
        "$java" -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main "$@")
      # What it says comes before the first zero byte, its command line after the line's end.
      words[1]="${words[1]#$'\\n'}"
      exec "${words[@]:1}"
      """;

  private static final String SPARK_SUBMIT =
      """
      #!/usr/bin/env bash
      exec "$(dirname -- "${BASH_SOURCE[0]}")/spark-class" org.apache.spark.deploy.SparkSubmit "$@"
      """;

  /** The distribution's, whose classes Maven has. */
  private static final String SPARK_SHELL =
      """
      #!/usr/bin/env bash
      export SPARK_SUBMIT_OPTS=-Dscala.usejavacp=true
      exec "$(dirname -- "${BASH_SOURCE[0]}")/spark-submit" --class org.apache.spark.repl.Main --name shell "$@"
      """;

  private final Path home;

  private StockSpark(Path home) {
    this.home = home;
  }

  static StockSpark in(Path folder) throws IOException {
    Path home = folder.resolve("spark");
    Path jars = Files.createDirectories(home.resolve("jars"));
    Files.createDirectories(home.resolve("conf"));
    Files.createFile(home.resolve("RELEASE"));
    Files.writeString(home.resolve("conf/spark-env.sh"), "export SPARK_LOCAL_IP=127.0.0.1\n");
    List<Path> own = list(TARGET.resolve("stock-jars"));
    Set<String> replaced = own.stream().map(StockSpark::artifact).collect(Collectors.toSet());
    assertThat(replaced)
        .contains("hadoop-client-api", "hadoop-client-runtime", "commons-lang3", "commons-io");
    for (Path jar : list(TARGET.resolve("spark-home/jars"))) {
      if (!replaced.contains(artifact(jar))) {
        Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
      }
    }
    for (Path jar : own) {
      Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
    }
    Files.createDirectories(home.resolve("bin"));
    executable(home.resolve("bin/spark-class"), SPARK_CLASS);
    executable(home.resolve("bin/spark-submit"), SPARK_SUBMIT);
    executable(home.resolve("bin/spark-shell"), SPARK_SHELL);
    return new StockSpark(home);
  }

  /** The path of a command, such as spark-submit. */
  String command(String name) {
    return home.resolve("bin").resolve(name).toString();
  }

  /** What {@code mvn -Papp-jar package} made. */
  static Path applicationJar() throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(TARGET, "robusttrain-*-app.jar")) {
      jars.forEach(found::add);
    }
    assertThat(found).as("application jars under %s", TARGET).hasSize(1);
    return found.get(0);
  }

  private static List<Path> list(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
      jars.forEach(found::add);
    }
    return found;
  }

  private static String artifact(Path jar) {
    Matcher name = VERSIONED.matcher(jar.getFileName().toString());
    return name.matches() ? name.group(1) : jar.getFileName().toString();
  }

  private static void executable(Path file, String script) throws IOException {
    Files.writeString(file, script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
