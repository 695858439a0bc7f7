package io.robusttrain.app.train;

import io.robusttrain.bigdl.BigDlEngine;
import io.robusttrain.bigdl.EngineOptions;
import io.robusttrain.bigdl.ExecutorWatch;
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

/** BigDL's engines on the executors of one Spark context, one after the other. */
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
    return new BigDlEngine<>(executors, context, options(plan), ReplicaWorker.factory(plan.job()));
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

  private static EngineOptions options(RunPlan plan) {
    RunConfig config = plan.config();
    boolean compressed = config.distribution().compression() == DistributionConfig.Compression.FP16;
    return new EngineOptions(
        plan.topology().executors(),
        plan.replicas(),
        plan.architecture().layout().size(),
        plan.architecture().layout().parameterCount(),
        compressed ? "fp16" : "none",
        config
            .optim()
            .clipGradNorm()
            .toOptional()
            .map(OptionalDouble::of)
            .orElse(OptionalDouble.empty()),
        config.recovery().grace());
  }
}
