package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.nn.abstractnn.AbstractModule;
import com.intel.analytics.bigdl.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.optim.DistriOptimizer;
import com.intel.analytics.bigdl.optim.Metrics;
import com.intel.analytics.bigdl.parameters.AllReduceParameter;
import com.intel.analytics.bigdl.parameters.ParameterProcessor;
import com.intel.analytics.bigdl.tensor.TensorNumericMath.TensorNumeric;
import com.intel.analytics.bigdl.utils.Table;
import org.apache.spark.rdd.RDD;

/**
 * Adds gradients by {@link GradientSum}, where BigDL would add those that it happens to get. A
 * subclass may look at the sums of a step before they are applied.
 */
class CheckedReduction implements ParameterProcessor {
  private static final long serialVersionUID = 1L;

  static final String REDUCED = "isGradientUpdated";
  final int workers;

  CheckedReduction(int workers) {
    this.workers = workers;
  }

  /** The gradient's norm in the step that was reduced last; NaN if it was not asked for. */
  double lastNorm() {
    return Double.NaN;
  }

  @Override
  public <T> void collectGlobalData(
      RDD<DistriOptimizer.Cache<T>> models,
      AllReduceParameter<T> parameters,
      Metrics metrics,
      Table state,
      TensorNumeric<T> evidence) {
    // BigDL then leaves its own sum out; the task that updates a slice does this one first.
    state.update(REDUCED, true);
  }

  @Override
  public <T> void processParameters(
      AllReduceParameter<T> parameters,
      DistriOptimizer.Cache<T> cache,
      Table state,
      TensorNumeric<T> evidence) {
    int replicas = state.apply("numFinishedModel");
    GradientSum.aggregate(parameters, workers, replicas);
  }

  @Override
  public <T> void processParameters(
      AbstractModule<Activity, Activity, T> model, Table state, TensorNumeric<T> evidence) {
    throw new UnsupportedOperationException("only for distributed training");
  }
}
