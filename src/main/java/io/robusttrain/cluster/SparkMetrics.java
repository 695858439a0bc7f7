package io.robusttrain.cluster;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.robusttrain.engine.StepReport;
import java.util.function.ToDoubleFunction;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;

/**
 * The last step in Spark's own metrics, as {@code <application>.driver.robusttrain.<name>}: Spark's
 * page serves them as JSON and for Prometheus, and its sinks carry them elsewhere. Thread-safe.
 */
public final class SparkMetrics implements Source {
  private static final String NAME = "robusttrain";

  private final MetricRegistry registry = new MetricRegistry();
  private volatile StepReport last;

  private SparkMetrics() {
    gauge("step", StepReport::step);
    gauge("loss", StepReport::loss);
    gauge("step_seconds", StepReport::seconds);
    gauge("images_per_second", report -> report.samples() / report.seconds());
    gauge("data_wait_seconds", StepReport::loadSeconds);
  }

  /** Registers the metrics with the running Spark application; those before must be removed. */
  public static SparkMetrics register() {
    SparkMetrics metrics = new SparkMetrics();
    SparkEnv.get().metricsSystem().registerSource(metrics);
    return metrics;
  }

  /** Unregisters the metrics if Spark still runs. */
  public void remove() {
    SparkEnv env = SparkEnv.get();
    if (env != null) {
      env.metricsSystem().removeSource(this);
    }
  }

  private void gauge(String name, ToDoubleFunction<StepReport> value) {
    Gauge<Double> gauge =
        () -> {
          StepReport report = last;
          // Before the first step there is no number, and 0 would be one.
          return report == null ? Double.NaN : value.applyAsDouble(report);
        };
    registry.register(name, gauge);
  }

  /** Shows the numbers of a step that has ended. */
  public void step(StepReport report) {
    last = report;
  }

  @Override
  public String sourceName() {
    return NAME;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }
}
