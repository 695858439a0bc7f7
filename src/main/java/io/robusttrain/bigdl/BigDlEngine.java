package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.optim.DistriOptimizer;
import com.intel.analytics.bigdl.parameters.OwnExchange;
import com.intel.analytics.bigdl.utils.Engine$;
import io.robusttrain.engine.Departure;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.SharingWorkerTask;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerRegistry;
import io.robusttrain.engine.WorkerReport;
import io.robusttrain.engine.WorkerTask;
import io.robusttrain.tensor.NativeGate;
import io.robusttrain.tensor.NativeRuntime;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.CollectionAccumulator;
import org.slf4j.LoggerFactory;
import scala.collection.Iterator;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * Training through BigDL's DistriOptimizer: one partition and one worker an executor, gradients
 * all-reduced through Spark's block managers, each worker owning one slice of the flat vector.
 *
 * @param <W> the workers
 */
public final class BigDlEngine<W extends Worker> implements TrainingEngine<W> {
  private static final int PLACEMENT_ATTEMPTS = 5;

  /** Cancelled jobs end within the first of these calls; only then is the driver's thread woken. */
  private static final int PATIENCE = 3;

  private static final String INTERRUPT_ON_CANCEL = "spark.job.interruptOnCancel";
  private static final String MODELS = "Thread Model RDD";

  private final JavaSparkContext spark;
  private final String run = UUID.randomUUID().toString();
  private final EngineOptions options;
  private final SparkMetrics metrics;
  private final WorkerPlace topology;
  private final CollectionAccumulator<WorkerReport> reports;
  private final CollectionAccumulator<String> departures;
  private final Set<String> departing = new TreeSet<>();
  private final ExecutorWatch watch;
  private final Outages outages;
  private final JavaRDD<WorkerPlace> home;
  private List<BlockManagerId> peers = List.of();
  private int legs;
  private volatile Thread caller;
  private final AtomicInteger abandonments = new AtomicInteger();

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
    this.topology = new WorkerPlace(-1, options.workers(), options.replicas());
    Engine$.MODULE$.setNodeAndCore(options.workers(), options.replicas());
    this.reports = new CollectionAccumulator<>();
    spark.register(reports, "worker reports");
    this.departures = new CollectionAccumulator<>();
    spark.register(departures, "departures");
    this.watch = watch;
    this.outages = new Outages(watch, spark.isLocal());
    this.home = placeWorkers(factory);
    this.metrics = SparkMetrics.register();
    // Survivors wait for the lost one's gradients otherwise, until their fetches have given up.
    watch.onLoss(
        () -> {
          if (outages.lost()) {
            spark.cancelAllJobs();
          }
        });
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
    StepLoop.Leg leg = new StepLoop.Leg(++legs, firstStep, endStep);
    DistriOptimizer<Object> optimizer = optimizer(weights, leg, observer);
    Exchange exchange =
        new Exchange(
            new ExchangePlan(
                run + "-" + leg.number(), options.size(), options.format(), firstStep, peers));
    Engine$.MODULE$.resetSingletonFlag();
    calling(
        () -> {
          // What an engine has left that was lost.
          home.foreach(place -> SliceExchange.endAll());
          OwnExchange.use(exchange);
          optimizer.optimize();
          home.foreach(place -> SliceExchange.endAll());
          return null;
        });
  }

  private DistriOptimizer<Object> optimizer(
      float[] weights, StepLoop.Leg leg, StepObserver observer) {
    Optional<NormClipping> clipping = clipping();
    DistriOptimizer<Object> optimizer =
        new DistriOptimizer<>(
            new StepModule(run, weights.clone()),
            new StepDataSet(home.rdd(), steps(), options.workers()),
            new PassThroughCriterion(),
            FloatTypes.FLOAT,
            FloatTypes.NUMERIC);
    clipping.ifPresent(clipper -> optimizer.parameterProcessors().$plus$eq(clipper));
    optimizer.setOptimMethod(new SliceOptimMethod(run, options.size(), options.workers()));
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
        ? Optional.of(new NormClipping(run, norm.getAsDouble(), options.parameterCount()))
        : Optional.empty();
  }

  /**
   * Keeps what BigDL has cached in storage memory until the leg ends: dropped, it would be made
   * anew from the leg's first weights.
   */
  private void keepModels() {
    int places = home.id();
    int models =
        spark.getPersistentRDDs().entrySet().stream()
            .filter(cached -> MODELS.equals(cached.getValue().name()))
            .mapToInt(Map.Entry::getKey)
            .max()
            .orElseThrow(() -> new IllegalStateException("BigDL has cached no models"));
    home.foreach(
        place -> {
          ExchangeBlocks.keep(new RDDBlockId(places, place.index()));
          ExchangeBlocks.keep(new RDDBlockId(models, place.index()));
        });
  }

  /** The batches of whichever step a job belongs to. */
  StepRdd steps() {
    return new StepRdd(home.rdd(), run, topology, reports, departures);
  }

  /** Does something that runs Spark jobs, so that it can be abandoned and its failure is named. */
  private <R> R calling(Callable<R> action) {
    Thread outer = caller;
    try {
      outages.requireUp();
      caller = Thread.currentThread();
      // A cancelled task must not hold its slot until native code or a fetch returns; one that
      // places a worker may be loading native libraries, which does not survive that.
      spark.setLocalProperty(INTERRUPT_ON_CANCEL, Boolean.toString(home != null));
      return action.call();
    } catch (Exception thrown) {
      throw outages.failure(thrown);
    } finally {
      caller = outer;
      if (outer == null) {
        OwnExchange.use(null);
        StepProperty.clear(spark.sc());
        if (abandonments.get() > 0 && Thread.interrupted()) {
          LoggerFactory.getLogger(BigDlEngine.class)
              .debug("an interrupt came too late and is not for what follows");
        }
      }
    }
  }

  @Override
  public void abandon(String why) {
    outages.abandon(why);
    spark.sc().cancelAllJobs();
    Thread waiting = caller;
    if (abandonments.incrementAndGet() > PATIENCE && waiting != null) {
      // It waits for an answer of an executor, not for a job.
      waiting.interrupt();
    }
  }

  @Override
  public float[] weights() {
    float[] flat = new float[options.size()];
    gather((worker, place) -> worker.weights(), slice -> slice.copyInto(flat));
    return flat;
  }

  @Override
  public <R> List<R> onEveryWorker(WorkerTask<W, R> task) {
    String runId = run;
    CollectionAccumulator<String> told = departures;
    return calling(
        () ->
            home.map(
                    place -> {
                      R result = WorkerRegistry.run(runId, place, task);
                      if (Departure.announced()) {
                        told.add(SparkEnv.get().executorId());
                      }
                      return result;
                    })
                .collect());
  }

  @Override
  public <R> void gather(WorkerTask<W, R> task, Consumer<R> sink) {
    String runId = run;
    calling(
        () -> {
          JavaRDD<R> answers = home.map(place -> WorkerRegistry.run(runId, place, task));
          spark
              .sc()
              .<R, Object>runJob(
                  answers.rdd(),
                  new OnlyElement<R>(),
                  new Arrival<>(sink),
                  ClassTag$.MODULE$.apply(Object.class));
          return null;
        });
  }

  /** The answer of a partition's worker. */
  private static final class OnlyElement<R> extends AbstractFunction1<Iterator<R>, Object>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public Object apply(Iterator<R> elements) {
      return elements.next();
    }
  }

  /** Gives an answer away; on the driver. */
  private static final class Arrival<R> extends AbstractFunction2<Object, Object, BoxedUnit> {
    private final Consumer<R> sink;

    Arrival(Consumer<R> sink) {
      this.sink = sink;
    }

    @Override
    @SuppressWarnings("unchecked") // the tasks of this job give nothing else
    public BoxedUnit apply(Object partition, Object answer) {
      sink.accept((R) answer);
      return BoxedUnit.UNIT;
    }
  }

  @Override
  public <S, R> List<R> onEveryWorker(S shared, SharingWorkerTask<S, W, R> task) {
    Broadcast<S> broadcast = spark.broadcast(shared);
    try {
      return onEveryWorker((worker, place) -> task.run(broadcast.value(), worker, place));
    } finally {
      // The driver's copy, too, which else stays until the garbage collector looks there. Nobody
      // waits for executors: that would hide a failure behind the answer that never comes.
      broadcast.destroy();
    }
  }

  @Override
  public void close() {
    String runId = run;
    watch.onLoss(() -> {});
    metrics.remove();
    try {
      if (!outages.down() && !outages.lost()) {
        home.foreach(
            place -> {
              WorkerRegistry.close(runId, place.index());
              SliceExchange.endAll();
            });
      }
    } catch (Exception failed) {
      leave(outages.failure(failed));
    } finally {
      home.unpersist(false);
      // BigDL forgets its cached models when a run fails.
      spark.getPersistentRDDs().values().stream()
          .filter(cached -> MODELS.equals(cached.name()))
          .forEach(cached -> cached.unpersist(false));
    }
  }

  /** The worker of an executor that is lost meanwhile is closed already, with its process. */
  private static void leave(RuntimeException failure) {
    if (!(failure instanceof EngineOutage)) {
      throw failure;
    }
    LoggerFactory.getLogger(BigDlEngine.class)
        .warn("not every worker could be closed: {}", failure.getMessage());
  }

  @Override
  public Set<String> departing() {
    for (String executor : Set.copyOf(departures.value())) {
      departing.add(watch.departs(executor));
    }
    departures.reset();
    return Set.copyOf(departing);
  }

  private List<WorkerReport> arrivedReports(StepObserver observer) {
    outages.requireUp();
    departing().forEach(observer::onDeparture);
    List<WorkerReport> arrived = List.copyOf(reports.value());
    reports.reset();
    return arrived;
  }

  private JavaRDD<WorkerPlace> placeWorkers(WorkerFactory<W> factory) {
    List<WorkerPlace> places =
        IntStream.range(0, options.workers())
            .mapToObj(i -> new WorkerPlace(i, options.workers(), options.replicas()))
            .toList();
    for (int attempt = 1; ; attempt++) {
      JavaRDD<WorkerPlace> placed = spark.parallelize(places, places.size()).map(place -> place);
      placed.persist(StorageLevel.MEMORY_ONLY());
      peers =
          calling(
              () -> placed.map(place -> SparkEnv.get().blockManager().blockManagerId()).collect());
      List<String> executors = peers.stream().map(BlockManagerId::executorId).toList();
      outages.depend(executors);
      // A local master has one executor for all, which suits tests.
      if (executors.stream().distinct().count() == places.size() || spark.isLocal()) {
        calling(
            () -> {
              createWorkers(placed, factory);
              return null;
            });
        return placed;
      }
      placed.unpersist(true);
      outages.depend(List.of());
      if (attempt == PLACEMENT_ATTEMPTS) {
        if (watch.available() < places.size()) {
          throw new EngineOutage(
              EngineOutage.Kind.EXECUTOR_LOST,
              "only %d of %d executors are there".formatted(watch.available(), places.size()),
              null);
        }
        throw new IllegalStateException(
            "Spark put %d workers on only %s: start as many executors as distribution.executors says, or lower it"
                .formatted(places.size(), new TreeSet<>(executors)));
      }
    }
  }

  private void createWorkers(JavaRDD<WorkerPlace> placed, WorkerFactory<W> factory) {
    String runId = run;
    Duration grace = options.grace();
    // A local master has one process for all workers.
    long storage = options.storageBytes() * (spark.isLocal() ? options.workers() : 1);
    placed.foreach(
        place -> {
          ExchangeBlocks.requireStorage(storage);
          NativeRuntime.load();
          quietBigDl();
          ExecutorExit.watch(grace);
          WorkerRegistry.closeOthers(runId);
          NativeGate.pass(() -> WorkerRegistry.get(runId, place, factory));
        });
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
