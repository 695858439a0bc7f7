package io.robusttrain.app;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.robusttrain.config.DistributionConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import io.robusttrain.train.plan.RunPlan;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.bytedeco.javacpp.Pointer;
import scala.Tuple2;

/** What spark-submit's settings say of the cluster, before a Spark context exists. */
public final class Cluster {
  private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\d+|\\*)(?:,\\d+)?])?");
  private static final long SMALLEST_OVERHEAD = 384L << 20;
  private static final double OVERHEAD_FACTOR = 0.1;
  private static final String GPUS = "spark.executor.resource.gpu.amount";

  private static final String KEEPS_STATE =
      "training keeps state on its executors, and a second copy of a task has none";

  private static final Map<String, String> NOT_USED =
      new TreeMap<>(
          Map.of(
              "spark.speculation", KEEPS_STATE,
              "spark.dynamicAllocation.enabled", KEEPS_STATE,
              "spark.decommission.enabled",
                  "an executor that is told to end hands over its state with a last step, and Spark"
                      + " would send it none"));

  /** Settings of {@code --secure} that the collective engine does not keep. */
  private static final List<String> PROTECTING =
      List.of("spark.authenticate", "spark.network.crypto.enabled");

  private final SparkConf spark;

  /** Completes the settings by those that every run has. */
  public Cluster(SparkConf spark) {
    this.spark = SubmitDefaults.application(spark);
    if (!spark.contains("spark.master")) {
      throw problem("spark.master", "is not set: start with spark-submit or spark-submit/local.sh");
    }
  }

  /** The settings that training needs, where spark-submit did not choose others. */
  public SparkConf configured(String appName) {
    if (!isLocal()) {
      int cores = spark.getInt("spark.executor.cores", 1);
      SubmitDefaults.executors(spark, cores);
      if (spark.getInt(GPUS, 0) == 1) {
        // Tasks learn of the executor's GPU if they ask for it: all that run at a time share it.
        spark
            .setIfMissing("spark.task.resource.gpu.amount", Double.toString(1.0 / cores))
            // As discovery scripts count, by nvidia-smi.
            .setIfMissing("spark.executorEnv.CUDA_DEVICE_ORDER", "PCI_BUS_ID");
      }
    }
    return ClusterSecret.into(spark)
        .setIfMissing("spark.app.name", appName)
        // BigDL keeps state on executors: tasks must come back to them, once, and all must be
        // there.
        .set("spark.speculation", "false")
        .set("spark.dynamicAllocation.enabled", "false")
        .set("spark.decommission.enabled", "false")
        .set("spark.scheduler.minRegisteredResourcesRatio", "1.0")
        .set("spark.shuffle.reduceLocality.enabled", "false");
  }

  /** What a run of many steps over executors that may be lost needs beyond that. */
  public SparkConf recovering(String appName) {
    // A task that runs a second time would count its gradient twice: the run goes back instead.
    return configured(appName).set("spark.task.maxFailures", "1");
  }

  /**
   * What was asked of Spark in vain, a line each.
   *
   * @param device {@code cpu} or {@code cuda}
   * @throws ConfigException if executors are to compute on a GPU and would have none
   */
  public List<String> refusals(String device) {
    List<String> lines = new ArrayList<>();
    NOT_USED.forEach(
        (key, why) -> {
          if (spark.getBoolean(key, false)) {
            lines.add("%s=true is not used: %s".formatted(key, why));
          }
        });
    gpus(device).ifPresent(lines::add);
    return lines;
  }

  /**
   * Before an engine is opened.
   *
   * @param engine the one that a run asks for
   * @throws ConfigException if it would send in clear what Spark is told to protect
   */
  public void require(DistributionConfig.Engine engine) {
    if (engine != DistributionConfig.Engine.COLLECTIVE) {
      return;
    }
    for (String key : PROTECTING) {
      if (spark.getBoolean(key, false)) {
        throw problem(
            key,
            "is on, but executors of distribution.engine=collective connect to each other without a secret and in clear: leave out --secure, or write distribution.engine=bigdl");
      }
    }
  }

  private Optional<String> gpus(String device) {
    int amount = spark.getInt(GPUS, 0);
    if (!device.startsWith("cuda")) {
      return amount == 0
          ? Optional.empty()
          : Optional.of("%s=%d is not used: device=%s".formatted(GPUS, amount, device));
    }
    // A container is given its GPU and no other; elsewhere CUDA_VISIBLE_DEVICES does that.
    if (amount > 1 || (inContainers() && amount == 0)) {
      throw problem(
          GPUS,
          "is %s, but device=%s: an executor computes on one GPU, ask for it with --conf %s=1, spark.executor.resource.gpu.discoveryScript and, on Kubernetes, spark.executor.resource.gpu.vendor"
              .formatted(amount == 0 ? "not set" : Integer.toString(amount), device, GPUS));
    }
    return Optional.empty();
  }

  /** The Hadoop settings that Spark would use. */
  public Configuration hadoop() {
    Configuration configuration = new Configuration();
    for (Tuple2<String, String> setting : spark.getAll()) {
      if (setting._1().startsWith("spark.hadoop.")) {
        configuration.set(setting._1().substring("spark.hadoop.".length()), setting._2());
      }
    }
    return configuration;
  }

  /** The executors of a run: {@code distribution.executors}, else what spark-submit asked for. */
  public RunPlan.Topology topology(RunConfig config) {
    return topology(config.distribution().executors().toOptional());
  }

  /** This many executors, or as many as spark-submit asked for; one with a local master. */
  public RunPlan.Topology topology(Optional<Integer> wanted) {
    Matcher local = LOCAL.matcher(master());
    return local.matches() ? localTopology(wanted, local.group(1)) : clusterTopology(wanted);
  }

  /** Whether executors are processes of their own. */
  public boolean isLocal() {
    return LOCAL.matcher(master()).matches();
  }

  private RunPlan.Topology localTopology(Optional<Integer> wanted, String threads) {
    int cores =
        threads == null
            ? 1
            : threads.equals("*")
                ? Runtime.getRuntime().availableProcessors()
                : Integer.parseInt(threads);
    int executors = wanted.orElse(1);
    if (cores % executors != 0) {
      throw problem(
          "distribution.executors",
          "%d executors cannot share the %d cores of %s equally"
              .formatted(executors, cores, master()));
    }
    long heap = Runtime.getRuntime().maxMemory();
    return new RunPlan.Topology(
        executors,
        cores / executors,
        heap / executors,
        (Pointer.totalPhysicalBytes() - heapOption()) / executors,
        heap,
        heapShare(),
        memoryFraction(),
        true,
        false);
  }

  private RunPlan.Topology clusterTopology(Optional<Integer> wanted) {
    int cores = spark.getInt("spark.executor.cores", 1);
    int executors = wanted.orElseGet(() -> submittedExecutors(cores));
    long heap = spark.getSizeAsBytes("spark.executor.memory", "1g");
    // Standalone workers do not bound what is outside the heap.
    long natives = Long.MAX_VALUE;
    if (inContainers()) {
      long overhead = Math.max(SMALLEST_OVERHEAD, (long) (OVERHEAD_FACTOR * heap));
      natives = spark.getSizeAsBytes("spark.executor.memoryOverhead", overhead + "b");
    }
    // This process is the driver; the executors' collector is taken to be the same.
    long driver = Runtime.getRuntime().maxMemory();
    double share = heapShare();
    return new RunPlan.Topology(
        executors,
        cores,
        (long) (share * heap),
        natives,
        driver,
        share,
        memoryFraction(),
        false,
        false);
  }

  /** Of a heap's size what objects can use, in hundredths, rounded down: sizes differ a little. */
  private static double heapShare() {
    return Math.floor(100.0 * Runtime.getRuntime().maxMemory() / heapOption()) / 100;
  }

  /** The size of this process's heap, as {@code -Xmx} gives it. */
  private static long heapOption() {
    return Long.parseLong(
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .getVMOption("MaxHeapSize")
            .getValue());
  }

  private double memoryFraction() {
    return spark.getDouble("spark.memory.fraction", RunPlan.Topology.MEMORY_FRACTION);
  }

  private int submittedExecutors(int cores) {
    if (spark.contains("spark.executor.instances")) {
      return spark.getInt("spark.executor.instances", 1);
    }
    if (spark.contains("spark.cores.max") && spark.contains("spark.executor.cores")) {
      return Math.max(1, spark.getInt("spark.cores.max", cores) / cores);
    }
    throw problem(
        "distribution.executors",
        "cannot be derived from spark-submit's options: give --total-executor-cores and"
            + " --executor-cores (standalone) or --num-executors (YARN, Kubernetes), or set"
            + " distribution.executors");
  }

  /** Whether executors are containers, which bound what a process may use. */
  private boolean inContainers() {
    return master().startsWith("yarn") || master().startsWith("k8s");
  }

  private String master() {
    return spark.get("spark.master").toLowerCase(Locale.ROOT);
  }

  private static ConfigException problem(String key, String message) {
    return new ConfigException(List.of(new Problem("spark-submit", key, message)));
  }
}
