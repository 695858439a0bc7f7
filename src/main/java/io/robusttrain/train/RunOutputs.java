package io.robusttrain.train;

import io.robusttrain.base.Figures;
import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.data.DataException;
import io.robusttrain.engine.SampleFault;
import io.robusttrain.engine.StepReport;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.MetricsCut;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.MetricsReader;
import io.robusttrain.report.ProgressDisplay;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.report.TensorBoardWriter;
import io.robusttrain.report.TrainingProgress;
import io.robusttrain.report.view.RunLook;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.StorageAwayException;
import io.robusttrain.train.guard.Probe;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.recovery.StoragePatience;
import io.robusttrain.train.resume.StartingPoint;
import io.robusttrain.train.worker.StepClock;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;

/** Everything that tells of a run while it runs: metrics, TensorBoard events, progress. */
final class RunOutputs implements Closeable {
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);
  private static final double MEGABYTE = 1e6;
  private static final int MOST_SHOWN = 10;

  private final RunPlan plan;
  private final MetricsLog metrics;
  private final RunScalars scalars;
  private final TrainingProgress progress;
  private final double rateScale;
  private final BadSamples badSamples;
  private final RecentLosses losses;
  private final Fence fence;
  private final MetricsReader listener;
  private final StoragePatience storage;
  private int badSamplesShown;
  private long lastStep;

  private EpochSums sums;
  private long residentBytes;
  private long liveHandles;
  private long sumsSince = System.nanoTime();

  /**
   * Opens the outputs of a run.
   *
   * @param from where the run goes on
   * @param listener hears of what is written
   * @param storage for how long what is written here may wait
   */
  RunOutputs(
      RunPlan plan,
      RunDirectory directory,
      StartingPoint from,
      PrintStream screen,
      MetricsReader listener,
      StoragePatience storage)
      throws IOException {
    this.plan = plan;
    this.rateScale = from.progress().rateScale();
    this.sums = from.epochSums();
    this.fence = directory.fence();
    this.listener = listener;
    this.storage = storage;
    this.lastStep = Math.max(0, from.firstStep() - 1);
    // Every attempt comes here: a driver that lost the run meanwhile must not cut its metrics.
    fence.requireHeld();
    Clock clock = Clock.systemUTC();
    FileSystem fs = directory.fileSystem();
    this.scalars = scalars(plan, directory, from, clock);
    this.badSamples = new BadSamples(plan);
    this.losses = RecentLosses.of(plan);
    long firstPause = from.isAtPause() ? from.firstStep() - 1 : from.firstStep();
    try {
      this.metrics =
          MetricsLog.open(
              fs,
              directory.metrics(),
              fence,
              new MetricsCut(from.firstStep(), firstPause, from.endedEpochs()),
              badSamples,
              losses);
    } catch (IOException | RuntimeException failed) {
      scalars.close();
      throw failed;
    }
    this.progress =
        new TrainingProgress(
            ProgressDisplay.automatic(screen, clock, LOG_INTERVAL),
            clock,
            plan.begunEpochs(),
            plan.course().step(plan.begunEpochs()),
            plan.course()::macs);
  }

  /** Prints a line for a person. */
  void say(String line) {
    progress.say(line);
  }

  private static RunScalars scalars(
      RunPlan plan, RunDirectory directory, StartingPoint from, Clock clock) throws IOException {
    FileSystem fs = directory.fileSystem();
    return new RunScalars(
        plan.config().report().tensorboard()
            ? Optional.of(TensorBoardWriter.create(fs, directory.events(), from.firstStep(), clock))
            : Optional.empty());
  }

  /**
   * Tells of a step. While the storage is away, what is told waits in memory.
   *
   * @throws RunLeaseException if another process owns the run by now
   * @throws StorageAwayException if the storage is away for too long
   */
  void step(StepReport report) throws IOException {
    long step = report.step();
    lastStep = step;
    requireRun();
    StepClock clock = plan.job().clock();
    StepMetrics line =
        new StepMetrics(
            clock.epoch(step),
            step,
            report.loss(),
            clock.radius(step),
            clock.rate(step) * rateScale,
            report.gradientNorm(),
            report.samples() / report.seconds(),
            report.loadSeconds() / report.seconds(),
            report.badSamples().size());
    if (report.faults().isEmpty()) {
      sums = sums.plus(report.loss());
    }
    residentBytes = Math.max(residentBytes, report.residentBytes());
    liveHandles = report.liveHandles();
    metrics.step(line);
    listener.step(line);
    if (metrics.problem().isPresent()) {
      noticeAway(metrics.problem().get());
    }
    if ((step + 1) % plan.config().report().logEverySteps() == 0) {
      progress.step(line);
    }
    scalars.step(line, (double) report.correct() / report.samples());
    tell(badSamples.step(report));
  }

  /**
   * Tells of the bad samples of a validation.
   *
   * @param samples of the split
   */
  void badValidation(long step, List<SampleFault> bad, long samples) throws IOException {
    tell(badSamples.validated(step, bad, samples));
  }

  /** The metrics have them all, the screen the first few and the one that ends the run. */
  private void tell(List<Alarm> alarms) throws IOException {
    for (Alarm alarm : alarms) {
      boolean ends = alarm.response() == Alarm.Response.STOPPED;
      metrics.alarm(alarm);
      listener.alarm(alarm);
      if (badSamplesShown++ < MOST_SHOWN || ends) {
        progress.alarm(alarm);
      }
      if (ends) {
        throw new DataException(alarm.place() + ": " + alarm.message());
      }
    }
  }

  /** The losses of the last steps before the starting point, as many as guards ask for. */
  List<Double> recentLosses() {
    return losses.list();
  }

  /** Writes an alarm into the metrics and shows it. */
  void alarm(Alarm alarm) throws IOException {
    metrics.alarm(alarm);
    listener.alarm(alarm);
    progress.alarm(alarm);
  }

  /** While lines are held, nothing is written before the lease was asked for: not at each step. */
  private void requireRun() throws IOException {
    storage.requireTime();
    if (storage.isAway() && metrics.problem().isPresent()) {
      return;
    }
    try {
      fence.check();
    } catch (StorageAwayException away) {
      metrics.hold(away);
      noticeAway(away);
    }
  }

  /** Says once that the storage is away, if that is what a failure means. */
  void noticeAway(Throwable failure) throws IOException {
    if (storage.begins(failure)) {
      alarm(
          storageAlarm(
              "the storage of the run cannot be reached (%s): the run goes on, its lines are kept and its checkpoint is tried again, for up to %s (recovery.storage-timeout); bring the storage back"
                  .formatted(failure.getMessage(), Figures.seconds(storage.longest())),
              Map.of()));
    }
  }

  /** The storage has taken what had to be written: says so, if it was away. */
  void noticeBack() throws IOException {
    if (!storage.isAway()) {
      return;
    }
    metrics.show();
    if (metrics.problem().filter(StorageAwayException::says).isEmpty()) {
      Duration away = storage.ends();
      alarm(
          storageAlarm(
              "the storage of the run is there again after %s: nothing of the run is lost"
                  .formatted(Figures.seconds(away)),
              Map.of("seconds", away.toMillis() / 1e3)));
    }
  }

  private Alarm storageAlarm(String message, Map<String, Double> figures) {
    return new Alarm(
        lastStep,
        plan.job().clock().epoch(lastStep),
        Alarm.Kind.STORAGE_AWAY,
        Alarm.Response.WARNED,
        message,
        figures);
  }

  /** Whether the storage is away, so that a checkpoint is to be tried soon. */
  boolean isStorageAway() {
    return storage.isAway();
  }

  /** Writes something that the run cannot go on without, and waits while the storage is away. */
  <T> T patiently(StoragePatience.Action<T> action) throws IOException {
    T result = storage.call(action, this::noticeAway);
    noticeBack();
    return result;
  }

  /** The losses and the time of the running epoch up to now. */
  EpochSums sums() {
    long now = System.nanoTime();
    sums = new EpochSums(sums.loss(), sums.steps(), sums.nanos() + now - sumsSince);
    sumsSince = now;
    return sums;
  }

  /** Returns when all metrics so far will be there whatever happens. */
  void sync() throws IOException {
    metrics.sync();
  }

  /** As {@link #sync}, and waits while the storage is away. */
  void syncPatiently() throws IOException {
    patiently(
        () -> {
          metrics.sync();
          return metrics;
        });
  }

  /** Notes what a probe found after a step. */
  void probe(Probe.Result result, long step) {
    scalars.probe(result, step);
  }

  /**
   * Draws what the trained weights make of the validation split, and how the weights are spread.
   *
   * @param weights the trained flat vector (P)
   */
  void look(RunLook look, float[] weights, long completedSteps) {
    scalars.look(look, completedSteps);
    scalars.weights(plan.architecture().layout(), weights, completedSteps);
  }

  /** Ends the epoch, if it ends at this pause. */
  void endEpoch(Pause pause) throws IOException {
    if (!pause.endsEpoch()) {
      return;
    }
    EpochSums done = sums();
    pause.ended(done);
    Map<WeightsKind, EpochMetrics.Accuracy> averages = new EnumMap<>(WeightsKind.class);
    pause
        .counts()
        .forEach(
            (kind, found) ->
                averages.put(
                    kind,
                    new EpochMetrics.Accuracy(
                        found.clean().top1Accuracy(), found.adversarial().top1Accuracy())));
    Optional<EpochMetrics.Accuracy> raw = Optional.ofNullable(averages.remove(WeightsKind.RAW));
    EpochMetrics line =
        new EpochMetrics(
            pause.epoch(),
            done.loss() / done.steps(),
            raw.map(EpochMetrics.Accuracy::cleanTop1).orElse(Double.NaN),
            raw.map(EpochMetrics.Accuracy::fgsmTop1).orElse(Double.NaN),
            done.nanos() / 1e9,
            residentBytes / MEGABYTE,
            averages,
            badSamples.count(pause.epoch()));
    metrics.epoch(line);
    listener.epoch(line);
    progress.epoch(line);
    scalars.epoch(
        line,
        Optional.ofNullable(pause.counts().get(WeightsKind.RAW)),
        pause.completedSteps(),
        liveHandles);
    sums = EpochSums.NONE;
  }

  @Override
  public void close() throws IOException {
    progress.close();
    scalars.close();
    metrics.close();
  }
}
