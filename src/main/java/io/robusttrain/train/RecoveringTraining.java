package io.robusttrain.train;

import io.robusttrain.config.RecoveryConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.MetricsReader;
import io.robusttrain.report.ResultTable;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.RunPlanner;
import io.robusttrain.train.recovery.Growth;
import io.robusttrain.train.recovery.Incident;
import io.robusttrain.train.recovery.Recovery;
import io.robusttrain.train.recovery.RunControl;
import io.robusttrain.train.recovery.StallWatch;
import io.robusttrain.train.recovery.StoragePatience;
import io.robusttrain.train.recovery.Watchdog;
import io.robusttrain.train.recovery.WatchedEngine;
import io.robusttrain.train.resume.StartingPoint;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * A run that goes on when executors are lost or nothing moves: each attempt takes a new engine, and
 * goes on from the newest checkpoint with the executors that are there. If these are fewer than
 * planned, it takes more behind a checkpoint when they are there.
 */
public final class RecoveringTraining {
  /** From the release of an executor's worker to the end of its process. */
  private static final Duration LEAVING = Duration.ofSeconds(30);

  private final RunPlan plan;
  private final RunConfig config;
  private final Configuration hadoop;
  private final EngineHost host;
  private final RunControl control;
  private final PrintStream screen;
  private final StallWatch stalls;
  private final Growth growth;
  private final PrecisionCheck precision = new PrecisionCheck();
  private StoragePatience.Time storageTime = StoragePatience.Time.system();
  private MetricsReader listener = new MetricsReader() {};

  /**
   * A run that has not begun.
   *
   * @param plan for the executors that are there at the start
   * @param hadoop names the file systems
   * @param host opens engines and knows the executors
   * @param control asks the run to end or to save
   * @param screen gets progress and a line for each loss
   */
  public RecoveringTraining(
      RunPlan plan, Configuration hadoop, EngineHost host, RunControl control, PrintStream screen) {
    this.plan = plan;
    this.config = plan.config();
    this.hadoop = hadoop;
    this.host = host;
    this.control = control;
    this.screen = screen;
    this.stalls =
        new StallWatch(
            config.recovery().stallTimeout().toOptional(), roundInSteps(plan), System::nanoTime);
    this.growth = new Growth(plan.topology().executors(), this::usable);
  }

  /** How many steps' work the first round of a validation is, a unit of each replica. */
  private static double roundInSteps(RunPlan plan) {
    RunConfig config = plan.config();
    double passes = (config.validationSteps() + 2.0) / (config.attack().steps() + 1.0);
    double images =
        (double) plan.validation().unitSize() * plan.replicas() * plan.topology().executors();
    return Math.max(1, passes) * images / config.train().globalBatch();
  }

  /** Goes by another clock than the JVM's while the storage is away. */
  RecoveringTraining waitingBy(StoragePatience.Time time) {
    storageTime = time;
    return this;
  }

  /**
   * Tells somebody of steps, epochs and alarms as they are written, on the driver's thread.
   *
   * @return this run
   */
  public RecoveringTraining heardBy(MetricsReader reader) {
    listener = reader;
    return this;
  }

  /** Gives up the current step, as when there is no time left to end it. */
  public void abandon(String why) {
    stalls.abandon(why);
  }

  /** Steps of the run that are done. */
  public long completedSteps() {
    return stalls.completedSteps();
  }

  /**
   * Trains to the end, or from where an earlier process stopped to the end.
   *
   * @param start what the first attempt goes on from; later ones look for it anew
   * @param directory of the run
   * @param configText the configuration as it is saved
   * @param provenance facts about the origin of the run, saved with its models
   * @throws EngineOutage if the run was asked to end and could not end its step
   */
  public ResultTable train(
      StartingPoint start,
      RunDirectory directory,
      String configText,
      Map<String, String> provenance)
      throws IOException {
    Recovery recovery = new Recovery(config.recovery(), control, stalls::progress, screen);
    try (Watchdog dog = Watchdog.over(stalls)) {
      return recovery.train(
          incident -> {
            Beginning beginning =
                incident.isPresent()
                    ? beginAgain(incident.get(), directory)
                    : new Beginning(plan, start);
            RunPlan now = beginning.plan();
            StartingPoint from = beginning.from();
            try (WatchedEngine<ReplicaWorker> engine = engine(now)) {
              return new TrainingRun(now, from, directory, engine, configText, provenance, control)
                  .after(() -> alarms(incident, from, now))
                  .growing(() -> growth.saved(now.topology().executors()))
                  .checkedBy(precision)
                  .telling(stalls::reached)
                  .heardBy(listener)
                  .waitingBy(storageTime)
                  .train(screen);
            }
          });
    }
  }

  /**
   * What an attempt begins with.
   *
   * @param plan for the executors that are there
   * @param from what it goes on from
   */
  private record Beginning(RunPlan plan, StartingPoint from) {}

  /**
   * What took an executor away may have taken the storage, too: it is there again when all that an
   * attempt begins with can be read, the data included.
   */
  private Beginning beginAgain(Incident incident, RunDirectory directory) throws IOException {
    int workers = awaitWorkers(incident);
    StoragePatience storage =
        new StoragePatience(config.recovery().storageTimeout(), storageTime, control::requested);
    return storage.begin(
        () -> {
          RunPlan now = planFor(workers);
          return new Beginning(now, StartingPoint.find(now, directory.path(), hadoop));
        },
        screen);
  }

  private WatchedEngine<ReplicaWorker> engine(RunPlan now) {
    try (StallWatch.Watching placing = stalls.task("placement", why -> host.cancel())) {
      WatchedEngine<ReplicaWorker> engine = new WatchedEngine<>(host.open(now), stalls, control);
      placing.succeeded();
      return engine;
    } catch (IllegalStateException unplaced) {
      if (!growth.trying()) {
        throw unplaced;
      }
      // They are there and take no work yet: the run can do without them.
      throw new EngineOutage(EngineOutage.Kind.EXECUTOR_LOST, unplaced.getMessage(), unplaced);
    }
  }

  /** How many workers the executors that are there now would make. */
  private int usable() {
    int available = await(plan.topology().executors(), Duration.ZERO, Duration.ZERO);
    return available == 0 ? 0 : plan.usableExecutors(available);
  }

  private int await(int wanted, Duration departures, Duration patience) {
    try {
      return host.await(wanted, departures, patience, control::requested);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while executors were waited for", stopped);
    }
  }

  /** How many workers there are once the lost executors have had time to return. */
  private int awaitWorkers(Incident incident) {
    RecoveryConfig recovery = config.recovery();
    int wanted = incident.grows() ? growth.target() : growth.afterLoss();
    int available = await(wanted, recovery.grace().plus(LEAVING), recovery.patience());
    if (control.requested()) {
      throw new EngineOutage(
          EngineOutage.Kind.EXECUTOR_LOST,
          "the run was told to end while it waited for executors",
          null);
    }
    if (available < Math.max(1, recovery.minExecutors())) {
      throw new EngineOutage(
          EngineOutage.Kind.EXECUTOR_LOST,
          "%d executors are there after %d s, and recovery.min-executors is %d"
              .formatted(available, recovery.patience().toSeconds(), recovery.minExecutors()),
          null);
    }
    return plan.usableExecutors(Math.min(available, wanted));
  }

  private RunPlan planFor(int workers) {
    return workers == plan.topology().executors()
        ? plan
        : new RunPlanner(config, hadoop, plan.topology().with(workers)).plan();
  }

  private List<Alarm> alarms(Optional<Incident> incident, StartingPoint from, RunPlan plan) {
    return incident
        .map(
            what ->
                what.recovered(
                    from.name(),
                    from.firstStep(),
                    (int) (Math.max(0, what.completedSteps() - 1) / plan.stepsPerEpoch()),
                    plan.topology().executors(),
                    System.nanoTime()))
        .stream()
        .toList();
  }
}
