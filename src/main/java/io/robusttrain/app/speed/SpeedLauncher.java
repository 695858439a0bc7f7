package io.robusttrain.app.speed;

import io.robusttrain.app.Cluster;
import io.robusttrain.bigdl.BigDlEngine;
import io.robusttrain.bigdl.EngineOptions;
import io.robusttrain.collective.CollectiveEngine;
import io.robusttrain.collective.CollectiveOptions;
import io.robusttrain.config.DistributionConfig;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.report.ProgressDisplay;
import io.robusttrain.speed.Benchmark;
import io.robusttrain.speed.InProcessEngine;
import io.robusttrain.speed.MeteredWorker;
import io.robusttrain.speed.SpeedPlan;
import io.robusttrain.speed.SpeedResult;
import io.robusttrain.speed.SpeedResult.EngineKind;
import io.robusttrain.speed.profile.StepProfile;
import io.robusttrain.speed.profile.StepProfiler;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.train.plan.MemoryProblems;
import io.robusttrain.train.plan.RunPlan;
import java.util.Locale;
import java.util.OptionalDouble;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** {@code RobustSpeed} in this process, or on the cluster that spark-submit names. */
public final class SpeedLauncher {
  private final SparkConf spark;
  private final ProgressDisplay display;

  /**
   * A launcher; nothing is started yet.
   *
   * @param spark names the cluster; not looked at without {@code --distributed}
   * @param display shows each step
   */
  SpeedLauncher(SparkConf spark, ProgressDisplay display) {
    this.spark = spark;
    this.display = display;
  }

  /**
   * Times the steps that were asked for.
   *
   * @throws IllegalArgumentException if the request does not fit the machine or itself
   */
  SpeedResult run(SpeedRequest request) {
    return switch (request.mode()) {
      case LOCAL -> local(request);
      case DISTRIBUTED, COLLECTIVE -> distributed(request);
    };
  }

  private SpeedResult local(SpeedRequest request) {
    SpeedPlan plan = plan(request, 1, Runtime.getRuntime().availableProcessors());
    try (InProcessEngine<MeteredWorker> engine =
        new InProcessEngine<>(Benchmark.workerFactory(plan), plan.replicas())) {
      return new Benchmark(plan, request.matrixSeconds(), display)
          .run(engine, EngineKind.IN_PROCESS);
    }
  }

  /** Profiles the step of a request that runs in this process. */
  StepProfile profile(SpeedRequest request) {
    display.println("recording the operations of a step");
    SpeedPlan plan = plan(request, 1, Runtime.getRuntime().availableProcessors());
    try (StepProfiler profiler = new StepProfiler(plan.training())) {
      return profiler.profile();
    }
  }

  private SpeedResult distributed(SpeedRequest request) {
    Cluster cluster = new Cluster(spark);
    RunPlan.Topology topology = cluster.topology(request.executors());
    SpeedPlan plan = plan(request, topology.executors(), topology.coresPerExecutor());
    boolean collective = request.mode() == SpeedRequest.Mode.COLLECTIVE;
    cluster.require(
        collective ? DistributionConfig.Engine.COLLECTIVE : DistributionConfig.Engine.BIGDL);
    String device = plan.arithmetic().device().name().toLowerCase(Locale.ROOT);
    cluster.refusals(device).forEach(display::println);
    if (!collective) {
      MemoryProblems.ofSteps(plan.architecture(), topology)
          .ifPresent(
              problem -> {
                throw new IllegalArgumentException(problem);
              });
    }
    NativeRuntime.load();
    try (JavaSparkContext context = new JavaSparkContext(cluster.configured("RobustSpeed"));
        TrainingEngine<MeteredWorker> engine =
            collective ? collective(context, plan, request.overlap()) : bigdl(context, plan)) {
      return new Benchmark(plan, request.matrixSeconds(), display)
          .run(engine, collective ? EngineKind.COLLECTIVE : EngineKind.BIGDL);
    }
  }

  private static TrainingEngine<MeteredWorker> bigdl(JavaSparkContext context, SpeedPlan plan) {
    ParameterLayout layout = plan.architecture().layout();
    EngineOptions options =
        new EngineOptions(
            plan.executors(),
            plan.replicas(),
            layout.size(),
            layout.parameterCount(),
            "none",
            OptionalDouble.empty());
    return new BigDlEngine<>(context.sc(), options, Benchmark.workerFactory(plan));
  }

  private static TrainingEngine<MeteredWorker> collective(
      JavaSparkContext context, SpeedPlan plan, boolean overlap) {
    ParameterLayout layout = plan.architecture().layout();
    CollectiveOptions options =
        new CollectiveOptions(
                plan.executors(),
                plan.replicas(),
                layout.size(),
                layout.parameterCount(),
                OptionalDouble.empty())
            .withOverlap(overlap);
    return new CollectiveEngine<>(context.sc(), options, Benchmark.workerFactory(plan));
  }

  private static SpeedPlan plan(SpeedRequest request, int executors, int cores) {
    return new SpeedPlan(
        request.architecture(),
        executors,
        request.replicas(),
        request.threads().orElse(Math.max(1, cores / request.replicas())),
        request.batch(),
        request
            .microBatch()
            .orElse(Math.max(1, request.batch() / (executors * request.replicas()))),
        request.warmUp(),
        request.steps(),
        request.arithmetic());
  }
}
