package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.optim.Trigger;
import com.intel.analytics.bigdl.utils.Table;
import io.robusttrain.cluster.SparkMetrics;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.WorkerReport;
import java.io.Serializable;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.apache.spark.SparkContext;

/**
 * The driver's view of BigDL's loop. BigDL asks its end trigger before every iteration, on the
 * thread that submits the jobs: the moment to account for the step that ended, to rest where the
 * observer wants it, and to name the step that follows.
 */
final class StepLoop implements Trigger {
  private static final long serialVersionUID = 1L;

  private final transient SparkContext spark;
  private final Leg leg;
  private final transient StepObserver observer;
  private final transient SparkMetrics metrics;
  private final transient Accounts accounts;
  private final transient Runnable ready;

  private long step;
  private long startNanos;
  private transient Ended ended;

  /**
   * Steps {@code [first, end)} of the run, trained in one call of the engine.
   *
   * @param number how many calls there were, with this one
   */
  record Leg(int number, long first, long end) implements Serializable {}

  /**
   * Where the account of a step comes from.
   *
   * @param arrived takes the reports that came with the tasks of the step that ended
   * @param outstanding asks every worker for what it has not reported yet
   * @param clippedNorm the gradient's norm before clipping; NaN without clipping
   */
  record Accounts(
      Supplier<List<WorkerReport>> arrived,
      Supplier<List<WorkerReport>> outstanding,
      DoubleSupplier clippedNorm) {}

  /** A step whose update has not been reported yet. */
  private record Ended(
      long step, double loss, double clippedNorm, double seconds, List<WorkerReport> reports) {}

  /**
   * Creates the loop of a leg.
   *
   * @param ready runs before the first step, when BigDL has cached its models
   */
  StepLoop(
      SparkContext spark,
      Leg leg,
      StepObserver observer,
      SparkMetrics metrics,
      Accounts accounts,
      Runnable ready) {
    this.spark = spark;
    this.leg = leg;
    this.observer = observer;
    this.metrics = metrics;
    this.accounts = accounts;
    this.ready = ready;
    this.step = leg.first() - 1;
  }

  @Override
  public boolean apply(Table state) {
    int iteration = state.apply("neval");
    long next = leg.first() + iteration - 1;
    if (next > leg.first() && next > step) {
      endStep(((Number) state.apply("Loss")).doubleValue());
    }
    if (next == leg.end() || observer.wantsEnd()) {
      StepProperty.clear(spark);
      return true;
    }
    if (next == leg.first()) {
      ready.run();
    }
    step = next;
    StepProperty.set(spark, leg.number(), step);
    startNanos = System.nanoTime();
    return false;
  }

  private void endStep(double loss) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    List<WorkerReport> reports = accounts.arrived().get();
    if (ended != null) {
      tell(report(ended, reports));
    }
    ended = new Ended(step, loss, accounts.clippedNorm().getAsDouble(), seconds, reports);
    if (observer.pausesAfter(step) || step + 1 == leg.end()) {
      tell(report(ended, accounts.outstanding().get()));
      ended = null;
      observer.onPause(step + 1);
    }
  }

  private void tell(StepReport report) {
    metrics.step(report);
    observer.onStep(report);
  }

  /** A step's own reports, with its update from those that came after it. */
  private StepReport report(Ended last, List<WorkerReport> later) {
    List<WorkerReport> own = last.reports();
    double norm = last.clippedNorm();
    if (Double.isNaN(norm)) {
      norm = Math.sqrt(later.stream().mapToDouble(WorkerReport::squaredGradientNorm).sum());
    }
    return new StepReport(
        last.step(),
        last.loss(),
        own.stream().mapToLong(WorkerReport::samples).sum(),
        own.stream().mapToLong(WorkerReport::correct).sum(),
        norm,
        last.seconds(),
        slowest(own, WorkerReport::attackSeconds),
        slowest(own, WorkerReport::trainSeconds),
        slowest(own, WorkerReport::loadSeconds),
        slowest(later, WorkerReport::updateSeconds),
        own.stream().mapToLong(WorkerReport::residentBytes).max().orElse(0),
        own.stream().mapToLong(WorkerReport::liveHandles).max().orElse(0),
        own.stream().flatMap(report -> report.faults().stream()).toList(),
        own.stream().flatMap(report -> report.badSamples().stream()).toList());
  }

  private static double slowest(List<WorkerReport> reports, ToDoubleFunction<WorkerReport> part) {
    return reports.stream().mapToDouble(part).max().orElse(0);
  }
}
