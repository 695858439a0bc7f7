package io.robusttrain.collective;

import io.robusttrain.cluster.ExecutorWatch;
import io.robusttrain.cluster.SparkMetrics;
import io.robusttrain.cluster.WorkerHome;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.SharingWorkerTask;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerTask;
import io.robusttrain.tensor.NativeRuntime;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.spark.SparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Training by c10d's connections between workers that run in one barrier stage of Spark: no Spark
 * job a step, and no copy of the flat vector through the Java heap. Each worker owns one slice of
 * the flat vector, as with every engine, so that a run may change its engine at a checkpoint.
 *
 * @param <W> the workers
 */
public final class CollectiveEngine<W extends Worker> implements TrainingEngine<W> {
  private static final int WORD_BYTES = 32;
  private static final Logger LOG = LoggerFactory.getLogger(CollectiveEngine.class);

  private final SparkContext spark;
  private final CollectiveOptions options;
  private final WorkerHome<W> home;
  private final SparkMetrics metrics;
  private int stretches;
  private boolean closed;
  private volatile Stretch<W> current;

  /**
   * As {@link #CollectiveEngine(ExecutorWatch, SparkContext, CollectiveOptions, WorkerFactory)}.
   */
  public CollectiveEngine(SparkContext spark, CollectiveOptions options, WorkerFactory<W> factory) {
    this(ExecutorWatch.of(spark), spark, options, factory);
  }

  /**
   * Places one worker on each executor. Workers that another engine left there are closed first.
   *
   * @param watch of this context
   * @param spark a running context; its master decides what an executor is
   * @param options how many workers and replicas, and how they reach each other
   * @param factory creates the workers, on their executors
   * @throws IllegalArgumentException if the driver cannot listen on any of its ports
   * @throws IllegalStateException if Spark does not spread the workers over distinct executors
   * @throws EngineOutage if executors are lost meanwhile
   */
  public CollectiveEngine(
      ExecutorWatch watch,
      SparkContext spark,
      CollectiveOptions options,
      WorkerFactory<W> factory) {
    NativeRuntime.load();
    this.spark = spark;
    this.options = options;
    requirePort();
    this.home =
        new WorkerHome<>(
            watch,
            spark,
            new WorkerHome.Tenancy(
                options.workers(),
                options.replicas(),
                options.grace(),
                () -> {},
                UnaryOperator.identity()),
            factory);
    this.metrics = SparkMetrics.register();
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
    home.calling(
        () -> {
          ControlServer.Slices slices = (worker, out) -> sendSlice(weights, worker, out);
          long step = firstStep;
          while (step < endStep && !observer.wantsEnd()) {
            long rested = stretch(slices, step, endStep, observer);
            if (rested < 0) {
              break;
            }
            observer.onPause(rested);
            step = rested;
            // They go on with what they have.
            slices = (worker, out) -> out.writeBoolean(false);
          }
          return null;
        });
  }

  private void sendSlice(float[] weights, int worker, DataOutputStream out) throws IOException {
    WorkerPlace place = new WorkerPlace(worker, options.workers(), options.replicas());
    out.writeBoolean(true);
    FloatStream.write(
        out, weights, place.sliceStart(options.size()), place.sliceLength(options.size()));
  }

  /** Runs steps until the next pause; the steps that are done then, or -1 if the observer ends. */
  private long stretch(ControlServer.Slices slices, long first, long end, StepObserver observer)
      throws Exception {
    int number = ++stretches;
    String word = word();
    ServerSocket listening = listen();
    LegPlan plan = plan(number, first, end, listening.getLocalPort(), word);
    try (Stretch<W> stretch =
        new Stretch<>(
            home,
            "steps-" + number,
            plan,
            lines -> new ControlServer(listening, word, options.workers(), slices, lines))) {
      current = stretch;
      stretch.awaitWorkers();
      return steps(stretch, first, end, observer);
    } finally {
      current = null;
    }
  }

  private long steps(Stretch<W> stretch, long first, long end, StepObserver observer)
      throws Exception {
    long begun = System.nanoTime();
    for (long step = first; ; step++) {
      stretch.allow(step + 1);
      List<StepMessage> messages = stretch.await(step);
      long now = System.nanoTime();
      tellOfDepartures(messages, observer);
      StepReport report = StepAccount.of(messages, topology().totalReplicas(), (now - begun) / 1e9);
      begun = now;
      metrics.step(report);
      observer.onStep(report);
      if (observer.wantsEnd()) {
        stretch.rest();
        return -1;
      }
      if (observer.pausesAfter(step) || step + 1 == end) {
        stretch.rest();
        return step + 1;
      }
    }
  }

  private void tellOfDepartures(List<StepMessage> messages, StepObserver observer) {
    for (int worker = 0; worker < messages.size(); worker++) {
      if (messages.get(worker).departing()) {
        home.departs(home.peers().get(worker).executorId());
      }
    }
    departing().forEach(observer::onDeparture);
  }

  /** Before anything is begun. */
  private void requirePort() {
    try (ServerSocket free = listen()) {
      LOG.debug("workers will find the driver at {}", free.getLocalSocketAddress());
    } catch (IOException failed) {
      LOG.debug("a port was not closed in order: {}", failed.getMessage());
    }
  }

  private ServerSocket listen() {
    String address = spark.conf().get("spark.driver.bindAddress", host());
    try {
      return options.links().ports().listen(InetAddress.getByName(address), options.workers());
    } catch (IOException failed) {
      throw new IllegalArgumentException(
          "%s: widen distribution.ports, or correct spark.driver.bindAddress"
              .formatted(failed.getMessage()),
          failed);
    }
  }

  /** Where executors reach this process. */
  private String host() {
    return spark.env().blockManager().blockManagerId().host();
  }

  private static String word() {
    byte[] random = new byte[WORD_BYTES];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  private LegPlan plan(int number, long first, long end, int port, String word) {
    return new LegPlan(
        home.run(),
        number,
        first,
        end,
        new LegPlan.Shape(
            options.size(), options.parameterCount(), options.maxGradientNorm().orElse(Double.NaN)),
        options.links().threads(),
        options.links().patience(),
        options.links().overlap(),
        new LegPlan.Address(host(), port, word));
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
  public Set<String> departing() {
    return home.departing();
  }

  @Override
  public void abandon(String why) {
    home.abandon(why);
    Stretch<W> running = current;
    if (running != null) {
      running.wake();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      metrics.remove();
      home.close(() -> {});
    }
  }
}
