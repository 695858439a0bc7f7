package io.robusttrain.app.launch;

import io.robusttrain.base.PortRange;
import io.robusttrain.bigdl.BigDlEngine;
import io.robusttrain.bigdl.EngineOptions;
import io.robusttrain.cluster.ExecutorWatch;
import io.robusttrain.collective.CollectiveEngine;
import io.robusttrain.collective.CollectiveOptions;
import io.robusttrain.config.DistributionConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.train.EngineHost;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.ReplicaWorker;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkContext;

/** The engines that runs choose, on the executors of one Spark context, one after the other. */
final class SparkEngines implements EngineHost {
  private final SparkContext context;
  private final ExecutorWatch executors;

  /** Watches the executors of a context from now on. */
  SparkEngines(SparkContext context) {
    this.context = context;
    this.executors = ExecutorWatch.of(context);
  }

  @Override
  public TrainingEngine<ReplicaWorker> open(RunPlan plan) {
    return switch (plan.config().distribution().chosenEngine()) {
      case BIGDL ->
          new BigDlEngine<>(executors, context, bigdl(plan), ReplicaWorker.factory(plan.job()));
      case COLLECTIVE ->
          new CollectiveEngine<>(
              executors, context, collective(plan), ReplicaWorker.factory(plan.job()));
    };
  }

  @Override
  public void cancel() {
    context.cancelAllJobs();
  }

  /** With a local master the executors are threads of this process: they are all there. */
  @Override
  public int await(int wanted, Duration departures, Duration patience, BooleanSupplier givenUp)
      throws InterruptedException {
    executors.awaitDepartures(departures, givenUp);
    return context.isLocal() ? wanted : executors.await(wanted, patience, givenUp);
  }

  private static EngineOptions bigdl(RunPlan plan) {
    RunConfig config = plan.config();
    boolean compressed = config.distribution().compression() == DistributionConfig.Compression.FP16;
    return new EngineOptions(
        plan.topology().executors(),
        plan.replicas(),
        plan.architecture().layout().size(),
        plan.architecture().layout().parameterCount(),
        compressed ? "fp16" : "none",
        maxGradientNorm(config),
        config.recovery().grace());
  }

  private static CollectiveOptions collective(RunPlan plan) {
    RunConfig config = plan.config();
    PortRange ports =
        config
            .distribution()
            .ports()
            .toOptional()
            .map(ends -> new PortRange(ends.get(0), ends.get(1)))
            .orElse(PortRange.ANY);
    return new CollectiveOptions(
        plan.topology().executors(),
        plan.replicas(),
        plan.architecture().layout().size(),
        plan.architecture().layout().parameterCount(),
        maxGradientNorm(config),
        new CollectiveOptions.Links(
            ports,
            plan.job().threads().intraOp(),
            patience(config),
            config.distribution().overlap().orElse(true)),
        config.recovery().grace());
  }

  /** Twice what the watch over the run allows a step, where that is more than enough. */
  private static Duration patience(RunConfig config) {
    Duration least = CollectiveOptions.Links.PATIENCE;
    return config
        .recovery()
        .stallTimeout()
        .toOptional()
        .map(longest -> longest.multipliedBy(2))
        .filter(twice -> twice.compareTo(least) > 0)
        .orElse(least);
  }

  private static OptionalDouble maxGradientNorm(RunConfig config) {
    return config
        .optim()
        .clipGradNorm()
        .toOptional()
        .map(OptionalDouble::of)
        .orElse(OptionalDouble.empty());
  }
}
