package io.robusttrain.train;

import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.Fence;
import io.robusttrain.checkpoint.RunLeaseException;
import io.robusttrain.checkpoint.WeightsKind;
import io.robusttrain.engine.SampleFault;
import io.robusttrain.engine.StepReport;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.BestEffortSink;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.Progress;
import io.robusttrain.report.RunDirectory;
import io.robusttrain.report.ScalarSink;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.report.TensorBoardWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything that tells of a run while it runs: metrics, TensorBoard events, progress. */
final class RunOutputs implements Closeable {
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);
  private static final double MEGABYTE = 1e6;
  private static final int MOST_SHOWN = 10;

  private final StepClock clock;
  private final MetricsLog metrics;
  private final Optional<ScalarSink> tensorBoard;
  private final Progress progress;
  private final int progressSteps;
  private final double rateScale;
  private final BadSamples badSamples;
  private final Fence fence;
  private int badSamplesShown;

  private EpochSums sums;
  private long residentBytes;
  private long liveHandles;
  private long sumsSince = System.nanoTime();

  private RunOutputs(
      StepClock clock,
      MetricsLog metrics,
      Optional<ScalarSink> tensorBoard,
      Progress progress,
      int progressSteps,
      double rateScale,
      EpochSums sums,
      BadSamples badSamples,
      Fence fence) {
    this.clock = clock;
    this.metrics = metrics;
    this.tensorBoard = tensorBoard;
    this.progress = progress;
    this.progressSteps = progressSteps;
    this.rateScale = rateScale;
    this.sums = sums;
    this.badSamples = badSamples;
    this.fence = fence;
  }

  /**
   * Opens the outputs of a run.
   *
   * @param from where the run goes on
   */
  static RunOutputs open(
      RunPlan plan, RunDirectory directory, StartingPoint from, PrintStream screen)
      throws IOException {
    // Every attempt comes here: a driver that lost the run meanwhile must not cut its metrics.
    directory.fence().requireHeld();
    Optional<ScalarSink> tensorBoard = Optional.empty();
    if (plan.config().report().tensorboard()) {
      tensorBoard =
          Optional.of(
              new BestEffortSink(
                  TensorBoardWriter.create(
                      directory.fileSystem(),
                      directory.events(),
                      from.firstStep(),
                      Clock.systemUTC())));
    }
    MetricsLog metrics =
        MetricsLog.open(
            directory.fileSystem(),
            directory.metrics(),
            from.firstStep(),
            from.isAtPause() ? from.firstStep() - 1 : from.firstStep(),
            from.endedEpochs());
    return new RunOutputs(
        plan.job().clock(),
        metrics,
        tensorBoard,
        Progress.automatic(
            screen,
            Clock.systemUTC(),
            LOG_INTERVAL,
            new Progress.Plan(plan.begunEpochs(), plan.stepsPerEpoch())),
        plan.config().report().logEverySteps(),
        from.progress().rateScale(),
        from.epochSums(),
        new BadSamples(plan, MetricsLog.read(directory.fileSystem(), directory.metrics())),
        directory.fence());
  }

  /**
   * Tells of a step.
   *
   * @throws RunLeaseException if another process owns the run by now
   */
  void step(StepReport report) throws IOException {
    fence.check();
    long step = report.step();
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
    if ((step + 1) % progressSteps == 0) {
      progress.step(line);
    }
    if (tensorBoard.isPresent()) {
      ScalarSink sink = tensorBoard.get();
      sink.scalar("train/loss", line.loss(), step);
      sink.scalar("train/eps", line.eps(), step);
      sink.scalar("train/lr", line.lr(), step);
      sink.scalar("train/grad_norm", line.gradNorm(), step);
      sink.scalar("train/images_per_s", line.imagesPerSecond(), step);
      sink.scalar("train/adversarial_top1", (double) report.correct() / report.samples(), step);
    }
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
  private void tell(BadSamples.Findings findings) throws IOException {
    for (Alarm alarm : findings.alarms()) {
      metrics.alarm(alarm);
      if (badSamplesShown++ < MOST_SHOWN || alarm.response() == Alarm.Response.STOPPED) {
        progress.alarm(alarm);
      }
    }
    if (findings.failure().isPresent()) {
      throw findings.failure().get();
    }
  }

  /** Tells of an alarm. */
  void alarm(Alarm alarm) throws IOException {
    metrics.alarm(alarm);
    progress.alarm(alarm);
  }

  /** What the running epoch has come to by now. */
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

  /** Notes what a probe found after a step. */
  void probe(Probe.Result result, long step) throws IOException {
    if (tensorBoard.isPresent()) {
      tensorBoard.get().scalar("probe/one_step_top1", result.oneStep(), step);
      tensorBoard.get().scalar("probe/many_steps_top1", result.manySteps(), step);
    }
  }

  /**
   * Ends an epoch.
   *
   * @param validated the counts of its weights and of their averages; empty if not validated
   */
  EpochMetrics epoch(int epoch, long completedSteps, Map<WeightsKind, EvaluationCounts> validated)
      throws IOException {
    Optional<EvaluationCounts> counts = Optional.ofNullable(validated.get(WeightsKind.RAW));
    Map<WeightsKind, EpochMetrics.Accuracy> averages = new EnumMap<>(WeightsKind.class);
    validated.forEach(
        (kind, found) ->
            averages.put(
                kind,
                new EpochMetrics.Accuracy(
                    found.clean().top1Accuracy(), found.adversarial().top1Accuracy())));
    averages.remove(WeightsKind.RAW);
    EpochSums done = sums();
    EpochMetrics line =
        new EpochMetrics(
            epoch,
            done.loss() / done.steps(),
            counts.map(c -> c.clean().top1Accuracy()).orElse(Double.NaN),
            counts.map(c -> c.adversarial().top1Accuracy()).orElse(Double.NaN),
            done.nanos() / 1e9,
            residentBytes / MEGABYTE,
            averages,
            badSamples.count(epoch));
    metrics.epoch(line);
    progress.epoch(line);
    if (tensorBoard.isPresent()) {
      ScalarSink sink = tensorBoard.get();
      // Of the executor that holds most: growth over epochs is a leak.
      sink.scalar("executor/resident_mb", residentBytes / MEGABYTE, completedSteps);
      sink.scalar("executor/live_handles", (double) liveHandles, completedSteps);
      if (counts.isPresent()) {
        sink.scalar("val/clean_top1", line.cleanTop1(), completedSteps);
        sink.scalar("val/fgsm_top1", line.fgsmTop1(), completedSteps);
        sink.scalar("val/clean_top5", counts.get().clean().top5Accuracy(), completedSteps);
        sink.scalar("val/fgsm_top5", counts.get().adversarial().top5Accuracy(), completedSteps);
      }
      for (Map.Entry<WeightsKind, EpochMetrics.Accuracy> average : averages.entrySet()) {
        String prefix = "val/" + average.getKey().word();
        sink.scalar(prefix + "_clean_top1", average.getValue().cleanTop1(), completedSteps);
        sink.scalar(prefix + "_fgsm_top1", average.getValue().fgsmTop1(), completedSteps);
      }
      sink.flush();
    }
    sums = EpochSums.NONE;
    return line;
  }

  @Override
  public void close() throws IOException {
    progress.close();
    if (tensorBoard.isPresent()) {
      tensorBoard.get().close();
    }
    metrics.close();
  }
}
