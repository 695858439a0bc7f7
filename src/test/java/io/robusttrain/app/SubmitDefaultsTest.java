package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.config.DistributionConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.train.plan.RunPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.util.VersionInfo;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/** What a plain {@code spark-submit} gets from the application, and what is refused. */
class SubmitDefaultsTest {
  private static final String OPTIONS = "spark.executor.extraJavaOptions";

  @Test
  void executorsGetWhatTheLaunchersGiveThem() throws Exception {
    SparkConf conf = configured("spark://host:7077", "spark.executor.cores", "3");
    assertThat(conf.get(OPTIONS)).isEqualTo(String.join(" ", systemProperties()));
    Map<String, String> environment = new TreeMap<>();
    for (Tuple2<String, String> setting : conf.getAllWithPrefix("spark.executorEnv.")) {
      environment.put(setting._1(), setting._2());
    }
    assertThat(environment).isEqualTo(launcherEnvironment(3));
  }

  @Test
  void aLocalMasterHasNoExecutorsToStart() {
    assertThat(configured("local[2]").contains(OPTIONS)).isFalse();
  }

  @Test
  void whatWasSetStays() {
    SparkConf conf =
        configured(
            "yarn",
            OPTIONS,
            "-Dorg.bytedeco.javacpp.maxBytes=9g",
            "spark.executorEnv.OMP_NUM_THREADS",
            "5",
            "spark.network.timeout",
            "300s",
            "spark.ui.enabled",
            "true");
    assertThat(conf.get(OPTIONS))
        .startsWith("-Dorg.bytedeco.javacpp.maxBytes=9g ")
        .doesNotContain("maxBytes=0");
    assertThat(conf.get("spark.executorEnv.OMP_NUM_THREADS")).isEqualTo("5");
    assertThat(conf.get("spark.network.timeout")).isEqualTo("300s");
    assertThat(conf.get("spark.ui.enabled")).isEqualTo("true");
    assertThat(conf.get("spark.locality.wait.process")).isEqualTo("3600s");
  }

  @Test
  void whatTrainingCannotBearIsSwitchedOffAndToldOf() {
    String[] settings = {
      "spark.speculation", "true",
      "spark.dynamicAllocation.enabled", "true",
      "spark.decommission.enabled", "true",
      "spark.executor.resource.gpu.amount", "1"
    };
    assertThat(cluster("spark://host:7077", settings).refusals("cpu"))
        .containsExactly(
            "spark.decommission.enabled=true is not used: an executor that is told to end hands over its state with a last step, and Spark would send it none",
            "spark.dynamicAllocation.enabled=true is not used: training keeps state on its executors, and a second copy of a task has none",
            "spark.speculation=true is not used: training keeps state on its executors, and a second copy of a task has none",
            "spark.executor.resource.gpu.amount=1 is not used: device=cpu");
    SparkConf conf = configured("spark://host:7077", settings);
    for (int i = 0; i < 6; i += 2) {
      assertThat(conf.get(settings[i])).as(settings[i]).isEqualTo("false");
    }
  }

  @Test
  void anEngineThatSendsInClearIsRefusedWhereSparkProtects() {
    for (String key : List.of("spark.authenticate", "spark.network.crypto.enabled")) {
      Cluster secure = cluster("spark://host:7077", key, "true");
      secure.require(DistributionConfig.Engine.BIGDL);
      assertThatThrownBy(() -> secure.require(DistributionConfig.Engine.COLLECTIVE))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(
              key
                  + ": is on, but executors of distribution.engine=collective connect to each other without a secret and in clear: leave out --secure, or write distribution.engine=bigdl");
    }
    cluster("spark://host:7077").require(DistributionConfig.Engine.COLLECTIVE);
  }

  @Test
  void executorsThatComputeOnAGpuMustHaveOneOfSpark() {
    assertThatThrownBy(() -> cluster("yarn").refusals("cuda"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "spark.executor.resource.gpu.amount: is not set, but device=cuda: an executor computes on one GPU, ask for it with --conf spark.executor.resource.gpu.amount=1");
    assertThatThrownBy(
            () -> cluster("yarn", "spark.executor.resource.gpu.amount", "2").refusals("cuda:0"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("spark.executor.resource.gpu.amount: is 2, but device=cuda:0");
    assertThat(cluster("yarn", "spark.executor.resource.gpu.amount", "1").refusals("cuda"))
        .isEmpty();
    assertThat(cluster("spark://host:7077").refusals("cuda")).isEmpty();
    assertThat(cluster("local[2]").refusals("cuda")).isEmpty();
  }

  @Test
  void tasksLearnOfTheGpuOfTheirExecutor() {
    String[] one = {
      "spark.executor.cores", "4", "spark.executor.resource.gpu.amount", "1",
    };
    SparkConf conf = configured("spark://host:7077", one);
    assertThat(conf.get("spark.task.resource.gpu.amount")).isEqualTo("0.25");
    assertThat(conf.get("spark.executorEnv.CUDA_DEVICE_ORDER")).isEqualTo("PCI_BUS_ID");
    SparkConf none = configured("spark://host:7077", "spark.executor.cores", "4");
    assertThat(none.contains("spark.task.resource.gpu.amount")).isFalse();
    assertThat(none.contains("spark.executorEnv.CUDA_DEVICE_ORDER")).isFalse();
  }

  /** These tests run with the parallel collector, as the scripts choose it. */
  @Test
  void aHeapIsWhatObjectsCanUseOfIt() {
    RunPlan.Topology topology =
        cluster("spark://host:7077", "spark.executor.memory", "1g").topology(Optional.of(2));
    assertThat(topology.driverHeapBytes()).isEqualTo(Runtime.getRuntime().maxMemory());
    assertThat(topology.heapShare()).isBetween(0.85, 0.9);
    assertThat(topology.heapBytes()).isEqualTo((long) (topology.heapShare() * (1L << 30)));
    RunPlan.Topology local = cluster("local[2]").topology(Optional.empty());
    assertThat(local.heapBytes()).isEqualTo(topology.driverHeapBytes());
    assertThat(local.heapShare()).isEqualTo(topology.heapShare());
  }

  @Test
  void aHadoopThatNeedsTheSecurityManagerIsRefusedOnAJavaWithoutOne() {
    assertThat(SubmitDefaults.problem(22, false)).isEmpty();
    assertThat(SubmitDefaults.problem(25, true)).isEmpty();
    assertThat(SubmitDefaults.problem(23, false))
        .contains(
            "Hadoop %s of this Spark does not run on Java 23: point JAVA_HOME to a JDK from 17 to 22"
                .formatted(VersionInfo.getVersion()));
  }

  /** In Java, under the locale of most containers, the run directory rün is silently r??n. */
  @Test
  void argumentsThatTheLocaleCannotSpellAreRefused() {
    byte[] plain = "java\0RobustTrain\0run.dir=my run".getBytes(StandardCharsets.UTF_8);
    byte[] odd = "java\0RobustTrain\0run.dir=größe".getBytes(StandardCharsets.UTF_8);
    assertThat(SubmitDefaults.misspelling("ANSI_X3.4-1968", plain)).isEmpty();
    assertThat(SubmitDefaults.misspelling("UTF-8", odd)).isEmpty();
    assertThat(SubmitDefaults.misspelling("ANSI_X3.4-1968", odd).orElseThrow())
        .startsWith("an argument has letters outside of ANSI_X3.4-1968")
        .contains("set LC_ALL=C.UTF-8 in its environment");
  }

  private static Cluster cluster(String master, String... settings) {
    SparkConf conf = new SparkConf(false).setMaster(master);
    for (int i = 0; i < settings.length; i += 2) {
      conf.set(settings[i], settings[i + 1]);
    }
    return new Cluster(conf);
  }

  private static SparkConf configured(String master, String... settings) {
    return cluster(master, settings).configured("test");
  }

  private static List<String> systemProperties() throws IOException {
    return Files.readAllLines(Path.of("spark-submit", "jvm.options")).stream()
        .filter(line -> line.startsWith("-D"))
        .toList();
  }

  /** What {@code rt_threads} exports. */
  private static Map<String, String> launcherEnvironment(int cores) throws Exception {
    String script =
        "source spark-submit/common.sh; rt_threads %d; for name in \"${RT_NATIVE_ENV[@]}\"; do echo \"$name=${!name}\"; done"
            .formatted(cores);
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.matches("(OMP|KMP|MALLOC)_.*"));
    Process process = builder.start();
    String text =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(text).isZero();
    return text.lines()
        .collect(
            Collectors.toMap(
                line -> line.substring(0, line.indexOf('=')),
                line -> line.substring(line.indexOf('=') + 1)));
  }
}
