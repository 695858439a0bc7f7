package io.robusttrain.cluster;

import io.robusttrain.engine.Departure;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.SharingWorkerTask;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerRegistry;
import io.robusttrain.engine.WorkerTask;
import io.robusttrain.tensor.NativeGate;
import io.robusttrain.tensor.NativeRuntime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.CollectionAccumulator;
import org.slf4j.LoggerFactory;

/**
 * The workers of one engine, one on each executor of a Spark context, where they stay until the
 * engine is closed. Used from one thread but where a method says otherwise.
 *
 * @param <W> the workers
 */
public final class WorkerHome<W extends Worker> {
  private static final int PLACEMENT_ATTEMPTS = 5;

  /** Cancelled jobs end within the first of these calls; only then is the driver's thread woken. */
  private static final int PATIENCE = 3;

  private static final String INTERRUPT_ON_CANCEL = "spark.job.interruptOnCancel";

  private final JavaSparkContext spark;
  private final Tenancy tenancy;
  private final String run = UUID.randomUUID().toString();
  private final CollectionAccumulator<String> departures;
  private final Set<String> departing = new TreeSet<>();
  private final ExecutorWatch watch;
  private final Outages outages;
  private final JavaRDD<WorkerPlace> places;
  private List<BlockManagerId> peers = List.of();
  private volatile Thread caller;
  private final AtomicInteger abandonments = new AtomicInteger();

  /**
   * What an engine wants of the executors.
   *
   * @param workers how many of them take part
   * @param replicas of each worker
   * @param grace how long an executor that is told to end waits for what it holds to be saved
   * @param preparation runs in each process before its worker is made
   * @param unwrap the exception that an engine's library hides in another of its own, or the same
   */
  public record Tenancy(
      int workers,
      int replicas,
      Duration grace,
      ExecutorAction preparation,
      UnaryOperator<Throwable> unwrap) {
    WorkerPlace place(int index) {
      return new WorkerPlace(index, workers, replicas);
    }
  }

  /**
   * Places one worker on each executor. Workers that another engine left there are closed first.
   *
   * @param watch of this context
   * @param spark a running context; its master decides what an executor is
   * @param factory creates the workers, on their executors
   * @throws IllegalStateException if Spark does not spread the workers over distinct executors
   * @throws EngineOutage if executors are lost meanwhile
   */
  public WorkerHome(
      ExecutorWatch watch, SparkContext spark, Tenancy tenancy, WorkerFactory<W> factory) {
    this.spark = JavaSparkContext.fromSparkContext(spark);
    this.tenancy = tenancy;
    this.departures = new CollectionAccumulator<>();
    spark.register(departures, "departures");
    this.watch = watch;
    this.outages = new Outages(watch, spark.isLocal(), tenancy.unwrap());
    this.places = placeWorkers(factory);
    // Survivors wait for what the lost one owes them otherwise, until that has given up.
    watch.onLoss(
        () -> {
          if (outages.lost()) {
            spark.cancelAllJobs();
          }
        });
  }

  /** How many workers there are and how many replicas each has; its index means nothing. */
  public WorkerPlace topology() {
    return tenancy.place(-1);
  }

  /** The name under which the processes know the workers. */
  public String run() {
    return run;
  }

  /** An element for each worker, cached where it is. */
  public JavaRDD<WorkerPlace> places() {
    return places;
  }

  /** Where the block managers of the workers' processes are, in the order of the workers. */
  public List<BlockManagerId> peers() {
    return peers;
  }

  /** Where departures are told by tasks of an engine's own. */
  public CollectionAccumulator<String> departures() {
    return departures;
  }

  /** Does something that runs Spark jobs, so that it can be abandoned and its failure is named. */
  public <R> R calling(Callable<R> action) {
    Thread outer = caller;
    try {
      outages.requireUp();
      caller = Thread.currentThread();
      // A cancelled task must not hold its slot until native code or a fetch returns; one that
      // places a worker may be loading native libraries, which does not survive that.
      spark.setLocalProperty(INTERRUPT_ON_CANCEL, Boolean.toString(places != null));
      return action.call();
    } catch (Exception thrown) {
      throw outages.failure(thrown);
    } finally {
      caller = outer;
      if (outer == null && abandonments.get() > 0 && Thread.interrupted()) {
        LoggerFactory.getLogger(WorkerHome.class)
            .debug("an interrupt came too late and is not for what follows");
      }
    }
  }

  /**
   * Gives up what the workers do. May be called from any thread; asked again, it tries harder.
   *
   * @param why what did not move, and for how long
   */
  public void abandon(String why) {
    outages.abandon(why);
    spark.sc().cancelAllJobs();
    Thread waiting = caller;
    if (abandonments.incrementAndGet() > PATIENCE && waiting != null) {
      // It waits for an answer of an executor, not for a job.
      waiting.interrupt();
    }
  }

  /**
   * Before something is asked of the workers. May be called from any thread.
   *
   * @throws EngineOutage if there is no point in it
   */
  public void requireUp() {
    outages.requireUp();
  }

  /** Runs a task on every worker; results in worker order. */
  public <R> List<R> onEveryWorker(WorkerTask<W, R> task) {
    String runId = run;
    CollectionAccumulator<String> told = departures;
    return calling(
        () ->
            places
                .map(
                    place -> {
                      R result = WorkerRegistry.run(runId, place, task);
                      if (Departure.announced()) {
                        told.add(SparkEnv.get().executorId());
                      }
                      return result;
                    })
                .collect());
  }

  /** As {@link #onEveryWorker(WorkerTask)}, with an object that is sent to each process once. */
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

  /** The flat vector, gathered from the workers' slices. */
  public float[] weights(int size) {
    float[] flat = new float[size];
    gather((worker, place) -> worker.weights(), slice -> slice.copyInto(flat));
    return flat;
  }

  /** Runs a task on every worker and gives each answer away when it arrives. */
  public <R> void gather(WorkerTask<W, R> task, Consumer<R> sink) {
    String runId = run;
    calling(
        () -> {
          JavaRDD<R> answers = places.map(place -> WorkerRegistry.run(runId, place, task));
          BarrierStage.arrivals(answers.rdd(), sink);
          return null;
        });
  }

  /**
   * Begins a task on all workers at the same time, in one barrier stage; inside {@link #calling}.
   *
   * @param name of the stage, different for all of this engine
   * @param sink gets each answer when it arrives, on a thread of Spark's that must not wait
   * @param over told when all have ended, with why if the stage failed; on a thread of its own
   */
  public <R> StageRun together(
      String name, StageTask<W, R> task, Consumer<R> sink, Consumer<Exception> over) {
    return new StageRun(
        spark, run + "-" + name, () -> BarrierStage.run(places.rdd(), run, task, sink), over);
  }

  /** Names and places of executors that were told to end, as far as it was told by now. */
  public Set<String> departing() {
    List.copyOf(departures.value()).forEach(this::departs);
    departures.reset();
    return Set.copyOf(departing);
  }

  /** An executor said that it was told to end. */
  public void departs(String executor) {
    departing.add(watch.departs(executor));
  }

  /**
   * Closes the workers that can be reached; the next engine closes the others.
   *
   * @param last runs in each process after its worker was closed
   */
  public void close(ExecutorAction last) {
    String runId = run;
    watch.onLoss(() -> {});
    try {
      if (!outages.down() && !outages.lost()) {
        places.foreach(
            place -> {
              WorkerRegistry.close(runId, place.index());
              last.run();
            });
      }
    } catch (Exception failed) {
      leave(outages.failure(failed));
    } finally {
      places.unpersist(false);
    }
  }

  /** The worker of an executor that is lost meanwhile is closed already, with its process. */
  private static void leave(RuntimeException failure) {
    if (!(failure instanceof EngineOutage)) {
      throw failure;
    }
    LoggerFactory.getLogger(WorkerHome.class)
        .warn("not every worker could be closed: {}", failure.getMessage());
  }

  private JavaRDD<WorkerPlace> placeWorkers(WorkerFactory<W> factory) {
    List<WorkerPlace> all = IntStream.range(0, tenancy.workers()).mapToObj(tenancy::place).toList();
    for (int attempt = 1; ; attempt++) {
      JavaRDD<WorkerPlace> placed = spark.parallelize(all, all.size()).map(place -> place);
      placed.persist(StorageLevel.MEMORY_ONLY());
      peers =
          calling(
              () -> placed.map(place -> SparkEnv.get().blockManager().blockManagerId()).collect());
      List<String> executors = peers.stream().map(BlockManagerId::executorId).toList();
      outages.depend(executors);
      // A local master has one executor for all, which suits tests.
      if (executors.stream().distinct().count() == all.size() || spark.isLocal()) {
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
        throw notSpread(executors);
      }
    }
  }

  private RuntimeException notSpread(List<String> executors) {
    if (watch.available() < tenancy.workers()) {
      return new EngineOutage(
          EngineOutage.Kind.EXECUTOR_LOST,
          "only %d of %d executors are there".formatted(watch.available(), tenancy.workers()),
          null);
    }
    return new IllegalStateException(
        "Spark put %d workers on only %s: start as many executors as distribution.executors says, or lower it"
            .formatted(tenancy.workers(), new TreeSet<>(executors)));
  }

  private void createWorkers(JavaRDD<WorkerPlace> placed, WorkerFactory<W> factory) {
    String runId = run;
    Duration grace = tenancy.grace();
    ExecutorAction preparation = tenancy.preparation();
    placed.foreach(
        place -> {
          preparation.run();
          NativeRuntime.load();
          ExecutorGpu.here().choose();
          ExecutorExit.watch(grace);
          WorkerRegistry.closeOthers(runId);
          NativeGate.pass(() -> WorkerRegistry.get(runId, place, factory));
        });
  }
}
