package io.robusttrain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code docker/entrypoint.sh} with a java that prints its arguments in the place of the real one,
 * which only answers Spark's launcher.
 */
class EntryPointTest {
  private static final Path PROJECT = Path.of("").toAbsolutePath();
  private static final Path SCRIPT = PROJECT.resolve("docker/entrypoint.sh");
  private static final long LONGEST_SECONDS = 600;

  @TempDir private Path folder;
  private final Map<String, String> environment = new LinkedHashMap<>();

  private record Answer(int code, String text, List<String> words) {}

  @BeforeEach
  void anImage() throws IOException {
    Path real = Path.of(System.getProperty("java.home"), "bin", "java");
    Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
    Files.writeString(
        java,
        """
        #!/usr/bin/env bash
        if [[ " $* " == *" org.apache.spark.launcher.Main "* ]]; then exec %s "$@"; fi
        trap 'echo "TERM"; exit 143' TERM
        printf '%%s\\n' "$@"
        pwd >"%s"
        if [[ -n "${WAIT:-}" ]]; then echo "pid $$"; while read -r; do :; done; fi
        exit 3
        """
            .formatted(real, folder.resolve("pwd")));
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Path image = Files.createDirectories(folder.resolve("image/target"));
    Files.createSymbolicLink(
        image.resolve("spark-home"), PROJECT.resolve("target").resolve("spark-home"));
    Files.createSymbolicLink(image.resolveSibling("spark-submit"), PROJECT.resolve("spark-submit"));
    environment.put("PATH", System.getenv("PATH"));
    environment.put("JAVA_HOME", folder.resolve("jdk").toString());
    environment.put("ROBUSTTRAIN_HOME", folder.resolve("image").toString());
  }

  @Test
  void anExecutorIsTheProcessThatItsEnvironmentDescribes() throws Exception {
    executorEnvironment();
    Answer answer = run("executor");
    assertThat(answer.words())
        .containsExactly(
            "-Dspark.master=k8s://of-the-driver",
            "-Da=1",
            "-Db=two words",
            "-Dlast=10",
            "-Xms6g",
            "-Xmx6g",
            "-cp",
            "/app/a.jar:/app/lib/*:" + folder.resolve("image/target/spark-home/jars/*"),
            "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
            "--driver-url",
            "spark://CoarseGrainedScheduler@driver.svc:7078",
            "--executor-id",
            "7",
            "--cores",
            "8",
            "--app-id",
            "spark-0123",
            "--hostname",
            "10.0.0.7",
            "--resourceProfileId",
            "0",
            "--podName",
            "run-exec-7");
    assertThat(answer.code()).as("the process's own exit code").isEqualTo(3);
    assertThat(folder.resolve("pwd")).hasContent(folder.resolve("local") + "\n");
  }

  @Test
  void aDriverTakesHeapOptionsAndClassPathFromTheMountedProperties() throws Exception {
    environment.put("SPARK_DRIVER_BIND_ADDRESS", "10.0.0.1");
    Path properties =
        Files.writeString(
            folder.resolve("spark.properties"),
            """
            spark.driver.memory=5g
            spark.driver.extraJavaOptions=-Da\\=b -Dc\\="d e"
            spark.driver.extraClassPath=/app/first.jar\\:/app/lib/*
            spark.submit.deployMode=cluster
            """);
    Answer answer =
        run(
            "driver",
            "--properties-file",
            properties.toString(),
            "--class",
            "RobustTrain",
            "spark-internal",
            "data.path=/data x",
            "");
    List<String> words = answer.words();
    String classPath = words.get(words.indexOf("-cp") + 1);
    assertThat(classPath).startsWith("/app/first.jar:/app/lib/*:");
    assertThat(classPath).contains("image/target/spark-home/jars/*");
    assertThat(words).contains("-Xmx5g", "-Da=b", "-Dc=d e");
    int main = words.indexOf("org.apache.spark.deploy.SparkSubmit");
    assertThat(words.subList(main + 1, words.size()))
        .containsSequence("--deploy-mode", "client")
        .containsSequence("--conf", "spark.driver.bindAddress=10.0.0.1")
        .containsSequence("--properties-file", properties.toString())
        .containsSequence("--class", "RobustTrain")
        .endsWith("spark-internal", "data.path=/data x", "");
    assertThat(answer.code()).isEqualTo(3);
  }

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
  void aSigtermReachesTheJvmWhichIsTheContainersFirstProcess() throws Exception {
    executorEnvironment();
    environment.put("WAIT", "for the signal");
    Process process = start("executor");
    try {
      assertThat(process.inputReader().lines().filter(line -> line.startsWith("pid ")).findFirst())
          .contains("pid " + process.pid());
      // Of the handle: that of the process would close the pipes that it reads and writes, too.
      assertThat(process.toHandle().destroy()).isTrue();
      assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"driver", "executor", "nope.sh"})
  void whatCannotBeStartedIsWrongUsage(String role) throws Exception {
    Answer answer = run(role);
    assertThat(answer.text()).startsWith("error: ");
    assertThat(answer.code()).isEqualTo(2);
  }

  @Test
  void aDriverWithoutSparkIsNotStarted() throws Exception {
    environment.put("SPARK_DRIVER_BIND_ADDRESS", "10.0.0.1");
    environment.put("SPARK_HOME", folder.resolve("nowhere").toString());
    Answer answer = run("driver", "--class", "RobustTrain", "spark-internal");
    assertThat(answer.text()).contains("error: the driver's command line cannot be made of");
    assertThat(answer.code()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "standalone.sh --help", "k8s.sh --help"})
  void everythingElseIsForALauncher(String arguments) throws Exception {
    String script = arguments.contains(".sh") ? arguments.split(" ", 2)[0] : "local.sh";
    Answer answer = run(arguments.split(" ", -1));
    assertThat(answer.text()).startsWith("Usage: spark-submit/" + script);
    assertThat(answer.code()).isZero();
  }

  private void executorEnvironment() {
    environment.put("SPARK_DRIVER_URL", "spark://CoarseGrainedScheduler@driver.svc:7078");
    environment.put("SPARK_EXECUTOR_ID", "7");
    environment.put("SPARK_EXECUTOR_CORES", "8");
    environment.put("SPARK_EXECUTOR_MEMORY", "6g");
    environment.put("SPARK_EXECUTOR_POD_IP", "10.0.0.7");
    environment.put("SPARK_APPLICATION_ID", "spark-0123");
    environment.put("SPARK_EXECUTOR_POD_NAME", "run-exec-7");
    environment.put("SPARK_RESOURCE_PROFILE_ID", "0");
    environment.put("SPARK_CLASSPATH", "/app/a.jar:/app/lib/*");
    environment.put("SPARK_LOCAL_DIRS", folder.resolve("local") + "," + folder.resolve("other"));
    environment.put("SPARK_JAVA_OPT_0", "-Da=1");
    environment.put("SPARK_JAVA_OPT_1", "-Db=two words");
    environment.put("SPARK_JAVA_OPT_2", "-Dlast=10");
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder.start();
  }

  private Answer run(String... arguments) throws IOException, InterruptedException {
    Process process = start(arguments);
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)).isTrue();
    List<String> words = Stream.of(text.split("\n", -1)).limit(text.lines().count()).toList();
    return new Answer(process.exitValue(), text, words);
  }
}
