package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.optim.DistriOptimizer;
import com.intel.analytics.bigdl.utils.Engine$;
import com.intel.analytics.bigdl.utils.LayerException;
import io.robusttrain.engine.SharingWorkerTask;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerFailure;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerRegistry;
import io.robusttrain.engine.WorkerReport;
import io.robusttrain.engine.WorkerSlice;
import io.robusttrain.engine.WorkerTask;
import io.robusttrain.tensor.NativeRuntime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.log4j.Level;
import org.apache.log4j.Logger;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.CollectionAccumulator;

/**
 * Training through BigDL's DistriOptimizer: one partition and one worker an executor, gradients
 * all-reduced through Spark's block managers, each worker owning one slice of the flat vector.
 */
public final class BigDlEngine implements TrainingEngine {
  private static final int PLACEMENT_ATTEMPTS = 5;

  private final JavaSparkContext spark;
  private final String run = UUID.randomUUID().toString();
  private final EngineOptions options;
  private final WorkerPlace topology;
  private final CollectionAccumulator<WorkerReport> reports;
  private final JavaRDD<WorkerPlace> home;

  /**
   * Places one worker on each executor.
   *
   * @param spark a running context; its master decides what an executor is
   * @param options how many workers and replicas, and how they exchange gradients
   * @param factory creates the workers, on their executors
   * @throws IllegalStateException if Spark does not spread the workers over distinct executors
   */
  public BigDlEngine(SparkContext spark, EngineOptions options, WorkerFactory factory) {
    NativeRuntime.load();
    quietBigDl();
    this.spark = JavaSparkContext.fromSparkContext(spark);
    this.options = options;
    this.topology = new WorkerPlace(-1, options.workers(), options.replicas());
    Engine$.MODULE$.setNodeAndCore(options.workers(), options.replicas());
    this.reports = new CollectionAccumulator<>();
    spark.register(reports, "worker reports");
    this.home = placeWorkers(factory);
  }

  @Override
  public WorkerPlace topology() {
    return topology;
  }

  @Override
  public void run(float[] weights, long firstStep, long endStep, StepObserver observer) {
    if (weights.length != options.size()) {
      throw new IllegalArgumentException(
          "the flat vector has %d elements, expected %d".formatted(weights.length, options.size()));
    }
    if (firstStep >= endStep) {
      return;
    }
    Optional<NormClipping> clipping =
        options.maxGradientNorm().isPresent()
            ? Optional.of(
                new NormClipping(
                    run, options.maxGradientNorm().getAsDouble(), options.parameterCount()))
            : Optional.empty();
    StepDataSet data =
        new StepDataSet(
            home.rdd(), new StepRdd(home.rdd(), run, topology, reports), options.workers());
    DistriOptimizer<Object> optimizer =
        new DistriOptimizer<>(
            new StepModule(run, weights.clone()),
            data,
            new PassThroughCriterion(),
            FloatTypes.FLOAT,
            FloatTypes.NUMERIC);
    optimizer.setCompressType(options.compression());
    clipping.ifPresent(processor -> optimizer.parameterProcessors().$plus$eq(processor));
    optimizer.setOptimMethod(new SliceOptimMethod(run, options.size(), options.workers()));
    optimizer.setEndWhen(
        new StepLoop(
            spark.sc(),
            firstStep,
            endStep,
            observer,
            this::arrivedReports,
            () -> onEveryWorker((worker, place) -> worker.takeReport()),
            () -> clipping.map(NormClipping::lastNorm).orElse(Double.NaN)));
    Engine$.MODULE$.resetSingletonFlag();
    try {
      optimizer.optimize();
    } catch (Exception thrown) {
      throw failure(thrown);
    } finally {
      StepProperty.clear(spark.sc());
    }
  }

  @Override
  public float[] weights() {
    List<WorkerSlice> slices = onEveryWorker((worker, place) -> worker.weights());
    float[] flat = new float[options.size()];
    for (WorkerSlice slice : slices) {
      System.arraycopy(slice.values(), 0, flat, slice.start(), slice.values().length);
    }
    return flat;
  }

  @Override
  public <R> List<R> onEveryWorker(WorkerTask<R> task) {
    String runId = run;
    try {
      return home.map(place -> task.run(WorkerRegistry.existing(runId, place.index()), place))
          .collect();
    } catch (Exception thrown) {
      throw failure(thrown);
    }
  }

  @Override
  public <S, R> List<R> onEveryWorker(S shared, SharingWorkerTask<S, R> task) {
    Broadcast<S> broadcast = spark.broadcast(shared);
    try {
      return onEveryWorker((worker, place) -> task.run(broadcast.value(), worker, place));
    } finally {
      broadcast.destroy();
    }
  }

  @Override
  public void close() {
    String runId = run;
    home.foreach(place -> WorkerRegistry.close(runId, place.index()));
    home.unpersist();
  }

  private List<WorkerReport> arrivedReports() {
    List<WorkerReport> arrived = List.copyOf(reports.value());
    reports.reset();
    return arrived;
  }

  private JavaRDD<WorkerPlace> placeWorkers(WorkerFactory factory) {
    List<WorkerPlace> places =
        IntStream.range(0, options.workers())
            .mapToObj(i -> new WorkerPlace(i, options.workers(), options.replicas()))
            .toList();
    for (int attempt = 1; ; attempt++) {
      JavaRDD<WorkerPlace> placed = spark.parallelize(places, places.size()).map(place -> place);
      placed.persist(StorageLevel.MEMORY_ONLY());
      List<String> executors = placed.map(place -> SparkEnv.get().executorId()).collect();
      // A local master has one executor for all, which suits tests.
      if (executors.stream().distinct().count() == places.size() || spark.isLocal()) {
        createWorkers(placed, factory);
        return placed;
      }
      placed.unpersist(true);
      if (attempt == PLACEMENT_ATTEMPTS) {
        throw new IllegalStateException(
            "Spark put %d workers on only %s: start as many executors as distribution.executors says, or lower it"
                .formatted(places.size(), new java.util.TreeSet<>(executors)));
      }
    }
  }

  private void createWorkers(JavaRDD<WorkerPlace> placed, WorkerFactory factory) {
    String runId = run;
    placed.foreach(
        place -> {
          NativeRuntime.load();
          quietBigDl();
          WorkerRegistry.get(runId, place, factory);
        });
  }

  /** BigDL logs each iteration and every failure with its stack trace; both are reported better. */
  private static void quietBigDl() {
    // Several workers may share a JVM under a local master.
    System.setProperty("bigdl.check.singleton", "false");
    Logger.getLogger("com.intel.analytics.bigdl").setLevel(Level.ERROR);
    Logger.getLogger("com.intel.analytics.bigdl.optim.DistriOptimizer").setLevel(Level.OFF);
    Logger.getLogger("com.intel.analytics.bigdl.optim.DistriOptimizer$").setLevel(Level.OFF);
  }

  /** What a run failed with, as the worker or the observer threw it. */
  private static RuntimeException failure(Exception thrown) {
    Throwable cause = thrown;
    boolean inJob = false;
    while (cause.getCause() != null && cause.getCause() != cause) {
      inJob |= cause instanceof SparkException;
      cause = cause.getCause();
    }
    if (cause instanceof LayerException layer) {
      // BigDL puts the exception of a module into a field and its stack trace into the message.
      cause = layer.error();
    }
    if (!inJob && thrown instanceof RuntimeException own) {
      return own;
    }
    return new WorkerFailure(cause.getMessage(), cause);
  }
}
