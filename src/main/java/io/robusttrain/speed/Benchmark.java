package io.robusttrain.speed;

import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.report.Progress;
import io.robusttrain.report.ProgressDisplay;
import io.robusttrain.speed.SpeedResult.EngineKind;
import io.robusttrain.tensor.Blas;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.train.GuardException;
import io.robusttrain.train.worker.StepArithmetic;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Times the steps of a plan on an engine. Used from one thread. */
public final class Benchmark {
  private final SpeedPlan plan;
  private final double matrixSeconds;
  private final ProgressDisplay display;

  /**
   * Takes what is timed; nothing runs yet.
   *
   * @param plan what is timed
   * @param matrixSeconds how long matrix products are timed before the steps and again after them
   * @param display shows each step
   */
  public Benchmark(SpeedPlan plan, double matrixSeconds, ProgressDisplay display) {
    this.plan = plan;
    this.matrixSeconds = matrixSeconds;
    this.display = display;
  }

  /** Creates the workers of a plan; the engine given to {@link #run} must have been made of it. */
  public static WorkerFactory<MeteredWorker> workerFactory(SpeedPlan plan) {
    return MeteredWorker.metering(plan.training().workerFactory());
  }

  /**
   * Measures matrix products, the steps, and matrix products again.
   *
   * @throws GuardException if a loss is not finite: such a step may be faster than a real one
   */
  public SpeedResult run(TrainingEngine<MeteredWorker> engine, EngineKind kind) {
    MatrixRate before = matrixRate(engine);
    display.println("sgemm before: %.1f GFLOP/s".formatted(before.median()));
    List<Double> seconds = new ArrayList<>();
    long end = (long) plan.warmUp() + plan.steps();
    engine.run(plan.training().initialWeights(), 0, end, new Stopwatch(seconds));
    List<StepTimes> times = times(engine, seconds);
    long peak =
        engine.onEveryWorker((worker, place) -> PeakMemory.bytes()).stream()
            .mapToLong(Long::longValue)
            .max()
            .orElseThrow();
    MatrixRate after = matrixRate(engine);
    display.println("sgemm after: %.1f GFLOP/s".formatted(after.median()));
    return new SpeedResult(plan, kind, times, before, after, blas(engine), peak);
  }

  private String blas(TrainingEngine<MeteredWorker> engine) {
    if (plan.arithmetic().device() == ComputeDevice.CUDA) {
      return "cuBLAS";
    }
    return engine.onEveryWorker((worker, place) -> Blas.current().title()).stream()
        .distinct()
        .collect(Collectors.joining(" and "));
  }

  private MatrixRate matrixRate(TrainingEngine<MeteredWorker> engine) {
    int threads = plan.replicas() * plan.threads();
    double seconds = matrixSeconds;
    StepArithmetic arithmetic = plan.arithmetic();
    return MatrixRate.sum(
        engine.onEveryWorker((worker, place) -> MatrixRate.measure(threads, seconds, arithmetic)));
  }

  private List<StepTimes> times(TrainingEngine<MeteredWorker> engine, List<Double> seconds) {
    long first = plan.warmUp();
    long end = first + plan.steps();
    List<List<OwnTimes>> workers =
        engine.onEveryWorker((worker, place) -> worker.times(first, end));
    List<StepTimes> times = new ArrayList<>();
    for (int i = 0; i < plan.steps(); i++) {
      int step = i;
      times.add(
          StepTimes.of(
              seconds.get(plan.warmUp() + i), workers.stream().map(own -> own.get(step)).toList()));
    }
    return times;
  }

  /** Writes down the wall seconds of each step. */
  private final class Stopwatch implements StepObserver {
    private final List<Double> seconds;

    Stopwatch(List<Double> seconds) {
      this.seconds = seconds;
    }

    @Override
    public void onStep(StepReport report) {
      if (!Double.isFinite(report.loss())) {
        throw new GuardException(
            "the loss of step %d is %s: the figures would not be those of training"
                .formatted(report.step(), report.loss()));
      }
      seconds.add(report.seconds());
      display.show(
          new Progress(
              report.step() < plan.warmUp() ? "warm-up" : "timed",
              "step",
              0,
              report.step() + 1,
              plan.warmUp() + plan.steps(),
              seconds.stream().mapToDouble(Double::doubleValue).sum(),
              "%.3f s".formatted(report.seconds())));
    }

    @Override
    public boolean pausesAfter(long step) {
      return false;
    }

    @Override
    public void onPause(long completedSteps) {}
  }
}
