package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.optim.DistriOptimizer;
import com.intel.analytics.bigdl.parameters.OwnExchange;
import com.intel.analytics.bigdl.utils.Engine$;
import com.intel.analytics.bigdl.utils.LayerException;
import io.robusttrain.cluster.ExecutorWatch;
import io.robusttrain.cluster.SparkMetrics;
import io.robusttrain.cluster.WorkerHome;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.SharingWorkerTask;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerReport;
import io.robusttrain.engine.WorkerTask;
import io.robusttrain.tensor.NativeRuntime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.util.CollectionAccumulator;

/**
 * Training through BigDL's DistriOptimizer: one partition and one worker an executor, gradients
 * all-reduced through Spark's block managers, each worker owning one slice of the flat vector.
 *
 * @param <W> the workers
 */
public final class BigDlEngine<W extends Worker> implements TrainingEngine<W> {
  private static final String MODELS = "Thread Model RDD";

  private final JavaSparkContext spark;
  private final EngineOptions options;
  private final SparkMetrics metrics;
  private final CollectionAccumulator<WorkerReport> reports;
  private final WorkerHome<W> home;
  private int legs;

  /** As {@link #BigDlEngine(ExecutorWatch, SparkContext, EngineOptions, WorkerFactory)}. */
  public BigDlEngine(SparkContext spark, EngineOptions options, WorkerFactory<W> factory) {
    this(ExecutorWatch.of(spark), spark, options, factory);
  }

  /**
   * Places one worker on each executor. Workers that another engine left there are closed first.
   *
   * @param watch of this context
   * @param spark a running context; its master decides what an executor is
   * @param options how many workers and replicas, and how they exchange gradients
   * @param factory creates the workers, on their executors
   * @throws IllegalStateException if Spark does not spread the workers over distinct executors
   * @throws EngineOutage if executors are lost meanwhile
   */
  public BigDlEngine(
      ExecutorWatch watch, SparkContext spark, EngineOptions options, WorkerFactory<W> factory) {
    NativeRuntime.load();
    quietBigDl();
    this.spark = JavaSparkContext.fromSparkContext(spark);
    this.options = options;
    Engine$.MODULE$.setNodeAndCore(options.workers(), options.replicas());
    this.reports = new CollectionAccumulator<>();
    spark.register(reports, "worker reports");
    // A local master has one process for all workers.
    long storage = options.storageBytes() * (spark.isLocal() ? options.workers() : 1);
    this.home =
        new WorkerHome<>(
            watch,
            spark,
            new WorkerHome.Tenancy(
                options.workers(),
                options.replicas(),
                options.grace(),
                () -> {
                  ExchangeBlocks.requireStorage(storage);
                  quietBigDl();
                },
                BigDlEngine::hidden),
            factory);
    this.metrics = SparkMetrics.register();
  }

  /** BigDL puts the exception of a module into a field and its stack trace into the message. */
  private static Throwable hidden(Throwable cause) {
    return cause instanceof LayerException layer ? layer.error() : cause;
  }

  @Override
  public WorkerPlace topology() {
    return home.topology();
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
    StepLoop.Leg leg = new StepLoop.Leg(++legs, firstStep, endStep);
    DistriOptimizer<Object> optimizer = optimizer(weights, leg, observer);
    Exchange exchange =
        new Exchange(
            new ExchangePlan(
                home.run() + "-" + leg.number(),
                options.size(),
                options.format(),
                firstStep,
                home.peers()));
    Engine$.MODULE$.resetSingletonFlag();
    home.calling(
        () -> {
          try {
            // What an engine has left that was lost.
            home.places().foreach(place -> SliceExchange.endAll());
            OwnExchange.use(exchange);
            optimizer.optimize();
            home.places().foreach(place -> SliceExchange.endAll());
          } finally {
            OwnExchange.use(null);
            StepProperty.clear(spark.sc());
          }
          return null;
        });
  }

  private DistriOptimizer<Object> optimizer(
      float[] weights, StepLoop.Leg leg, StepObserver observer) {
    Optional<NormClipping> clipping = clipping();
    DistriOptimizer<Object> optimizer =
        new DistriOptimizer<>(
            new StepModule(home.run(), weights.clone()),
            new StepDataSet(home.places().rdd(), steps(), options.workers()),
            new PassThroughCriterion(),
            FloatTypes.FLOAT,
            FloatTypes.NUMERIC);
    clipping.ifPresent(clipper -> optimizer.parameterProcessors().$plus$eq(clipper));
    optimizer.setOptimMethod(new SliceOptimMethod(home.run(), options.size(), options.workers()));
    StepLoop.Accounts accounts =
        new StepLoop.Accounts(
            () -> arrivedReports(observer),
            () -> onEveryWorker((worker, place) -> worker.takeReport()),
            () -> clipping.map(NormClipping::lastNorm).orElse(Double.NaN));
    optimizer.setEndWhen(
        new StepLoop(spark.sc(), leg, observer, metrics, accounts, this::keepModels));
    return optimizer;
  }

  private Optional<NormClipping> clipping() {
    OptionalDouble norm = options.maxGradientNorm();
    return norm.isPresent()
        ? Optional.of(new NormClipping(home.run(), norm.getAsDouble(), options.parameterCount()))
        : Optional.empty();
  }

  /**
   * Keeps what BigDL has cached in storage memory until the leg ends: dropped, it would be made
   * anew from the leg's first weights.
   */
  private void keepModels() {
    JavaRDD<WorkerPlace> all = home.places();
    int places = all.id();
    int models =
        spark.getPersistentRDDs().entrySet().stream()
            .filter(cached -> MODELS.equals(cached.getValue().name()))
            .mapToInt(Map.Entry::getKey)
            .max()
            .orElseThrow(() -> new IllegalStateException("BigDL has cached no models"));
    all.foreach(
        place -> {
          ExchangeBlocks.keep(new RDDBlockId(places, place.index()));
          ExchangeBlocks.keep(new RDDBlockId(models, place.index()));
        });
  }

  /** The batches of whichever step a job belongs to. */
  StepRdd steps() {
    return new StepRdd(
        home.places().rdd(), home.run(), home.topology(), reports, home.departures());
  }

  @Override
  public void abandon(String why) {
    home.abandon(why);
  }

  @Override
  public float[] weights() {
    return home.weights(options.size());
  }

  @Override
  public <R> List<R> onEveryWorker(WorkerTask<W, R> task) {
    return home.onEveryWorker(task);
  }

  @Override
  public <R> void gather(WorkerTask<W, R> task, Consumer<R> sink) {
    home.gather(task, sink);
  }

  @Override
  public <S, R> List<R> onEveryWorker(S shared, SharingWorkerTask<S, W, R> task) {
    return home.onEveryWorker(shared, task);
  }

  @Override
  public void close() {
    metrics.remove();
    try {
      home.close(SliceExchange::endAll);
    } finally {
      // BigDL forgets its cached models when a run fails.
      spark.getPersistentRDDs().values().stream()
          .filter(cached -> MODELS.equals(cached.name()))
          .forEach(cached -> cached.unpersist(false));
    }
  }

  @Override
  public Set<String> departing() {
    return home.departing();
  }

  private List<WorkerReport> arrivedReports(StepObserver observer) {
    home.requireUp();
    departing().forEach(observer::onDeparture);
    List<WorkerReport> arrived = List.copyOf(reports.value());
    reports.reset();
    return arrived;
  }

  /** BigDL logs each iteration and every failure with its stack trace; both are reported better. */
  private static void quietBigDl() {
    // Several workers may share a JVM under a local master.
    System.setProperty("bigdl.check.singleton", "false");
    Configurator.setLevel("com.intel.analytics.bigdl", Level.ERROR);
    Configurator.setLevel("com.intel.analytics.bigdl.optim.DistriOptimizer", Level.OFF);
    Configurator.setLevel("com.intel.analytics.bigdl.optim.DistriOptimizer$", Level.OFF);
  }
}
