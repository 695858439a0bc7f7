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
import io.robusttrain.train.plan.StagedPlan;
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
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;

/**
 * A run that goes on when executors are lost or nothing moves: each attempt takes a new engine for
 * each stage, and goes on from the newest checkpoint with the executors that are there. If these
 * are fewer than planned, it takes more behind a checkpoint when they are there.
 */
public final class RecoveringTraining {
  /** From the release of an executor's worker to the end of its process. */
  private static final Duration LEAVING = Duration.ofSeconds(30);

  private final StagedPlan stages;
  private final RunPlan.Topology topology;
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
   * @param stages for the executors that are there at the start
   * @param hadoop names the file systems
   * @param host opens engines and knows the executors
   * @param control asks the run to end or to save
   * @param screen gets progress and a line for each loss
   */
  public RecoveringTraining(
      StagedPlan stages,
      Configuration hadoop,
      EngineHost host,
      RunControl control,
      PrintStream screen) {
    this.stages = stages;
    this.topology = stages.last().topology();
    this.config = stages.last().run();
    this.hadoop = hadoop;
    this.host = host;
    this.control = control;
    this.screen = screen;
    this.stalls =
        new StallWatch(
            config.recovery().stallTimeout().toOptional(),
            stages.stages().stream().mapToDouble(this::roundInSteps).max().orElseThrow(),
            stages.stages().stream().mapToDouble(RunPlan::largestStep).max().orElseThrow(),
            System::nanoTime);
    this.growth = new Growth(topology.executors(), this::usable);
  }

  /** How many steps' work the first round of a validation is, a unit of each replica. */
  private double roundInSteps(RunPlan plan) {
    int validationSteps = plan.validation().evaluation().attack().steps();
    double passes = (validationSteps + 2.0) / (plan.config().attack().steps() + 1.0);
    double size = (double) plan.job().validated().macsPerImage() / plan.trainingMacsPerImage();
    double images = (double) plan.validation().unitSize() * plan.replicas() * topology.executors();
    return Math.max(1, passes) * size * images / plan.config().train().globalBatch();
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
            StartingPoint from =
                incident.isPresent() ? beginAgain(incident.get(), directory) : start;
            StartingPoint first = from;
            Supplier<List<Alarm>> alarms = () -> alarms(incident, first);
            while (true) {
              Optional<ResultTable> end = train(from, directory, configText, provenance, alarms);
              if (end.isPresent()) {
                return end.get();
              }
              from = goOn(from, directory);
              alarms = List::of;
            }
          });
    }
  }

  /** Trains the stage of a starting point; the answer is empty if the run goes on in another. */
  private Optional<ResultTable> train(
      StartingPoint from,
      RunDirectory directory,
      String configText,
      Map<String, String> provenance,
      Supplier<List<Alarm>> alarms)
      throws IOException {
    RunPlan now = from.plan();
    try (WatchedEngine<ReplicaWorker> engine = engine(now)) {
      return new TrainingRun(from, directory, engine, configText, provenance, control)
          .after(alarms)
          .growing(() -> growth.saved(now.topology().executors()))
          .checkedBy(precision)
          .telling(stalls::reached)
          .heardBy(listener)
          .waitingBy(storageTime)
          .train(screen);
    }
  }

  /**
   * What another stage begins with, or goes on from.
   *
   * @throws StoppedException if the run was asked to end while it was between two
   */
  private StartingPoint goOn(StartingPoint before, RunDirectory directory) throws IOException {
    StartingPoint from = storage().begin(() -> before.again(directory.path(), hadoop), screen);
    if (control.requested() && from.checkpoint().isPresent()) {
      // Everything is saved, and the start of an engine may take longer than there is time for.
      throw new StoppedException(from.checkpoint().get().name(), from.firstStep());
    }
    screen.printf(
        "stage %d of %d begins or goes on at epoch %d%n",
        from.plan().stage() + 1,
        from.plan().course().spans().size(),
        from.plan().job().clock().epoch(from.firstStep()) + 1);
    from.changes().forEach(screen::println);
    return from;
  }

  private StoragePatience storage() {
    return new StoragePatience(config.recovery().storageTimeout(), storageTime, control::requested);
  }

  /**
   * What took an executor away may have taken the storage, too: it is there again when all that an
   * attempt begins with can be read, the data included.
   */
  private StartingPoint beginAgain(Incident incident, RunDirectory directory) throws IOException {
    int workers = awaitWorkers(incident);
    return storage()
        .begin(() -> StartingPoint.find(planFor(workers), directory.path(), hadoop), screen);
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
    int available = await(topology.executors(), Duration.ZERO, Duration.ZERO);
    return available == 0 ? 0 : stages.usableExecutors(available);
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
    return stages.usableExecutors(Math.min(available, wanted));
  }

  private StagedPlan planFor(int workers) {
    return workers == topology.executors()
        ? stages
        : new RunPlanner(config, hadoop, topology.with(workers)).stages();
  }

  private static List<Alarm> alarms(Optional<Incident> incident, StartingPoint from) {
    RunPlan plan = from.plan();
    return incident
        .map(
            what ->
                what.recovered(
                    from.name(),
                    from.firstStep(),
                    plan.course().epoch(Math.max(0, what.completedSteps() - 1)),
                    plan.topology().executors(),
                    System.nanoTime()))
        .stream()
        .toList();
  }
}
