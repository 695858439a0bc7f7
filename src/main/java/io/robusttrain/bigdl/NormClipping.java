package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.optim.DistriOptimizer;
import com.intel.analytics.bigdl.optim.Metrics;
import com.intel.analytics.bigdl.parameters.AllReduceParameter;
import com.intel.analytics.bigdl.parameters.ParameterProcessor;
import com.intel.analytics.bigdl.tensor.Tensor;
import com.intel.analytics.bigdl.tensor.TensorNumericMath.TensorNumeric;
import com.intel.analytics.bigdl.utils.Table;
import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.WorkerRegistry;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Scales the gradient of all parameters down to a Euclidean norm, as {@code
 * torch.nn.utils.clip_grad_norm_} does. BigDL's own clipping would also count and scale the batch
 * statistics in the flat vector's last segment.
 */
@SuppressWarnings({"unchecked", "rawtypes"}) // BigDL's tensors are erased Scala generics
final class NormClipping implements ParameterProcessor {
  private static final long serialVersionUID = 1L;

  /** As torch adds to the norm. */
  private static final double TINY = 1e-6;

  /** Tells BigDL that the gradients of the step are added. */
  private static final String SUMMED = "isGradientUpdated";

  private static final String COEFFICIENT = "robusttrain.clipCoefficient";

  private final String run;
  private final double maxNorm;
  private final int parameterCount;
  private transient double lastNorm = Double.NaN;

  NormClipping(String run, double maxNorm, int parameterCount) {
    this.run = run;
    this.maxNorm = maxNorm;
    this.parameterCount = parameterCount;
  }

  /** The norm before clipping; NaN before the first step; known on the driver. */
  double lastNorm() {
    return lastNorm;
  }

  @Override
  public <T> void collectGlobalData(
      RDD<DistriOptimizer.Cache<T>> models,
      AllReduceParameter<T> parameters,
      Metrics metrics,
      Table state,
      TensorNumeric<T> evidence) {
    int replicas = state.apply("numFinishedModel");
    String runId = run;
    ClassTag<DistriOptimizer.Cache<T>> tag =
        (ClassTag) ClassTag$.MODULE$.apply(DistriOptimizer.Cache.class);
    double squares =
        new JavaRDD<>(models, tag)
            .mapPartitions(
                ignored -> {
                  parameters.aggregateGradientPartition(replicas);
                  Tensor<Object> slice = (Tensor<Object>) parameters.gradientPartition();
                  double sum =
                      WorkerRegistry.existing(runId, TaskContext.getPartitionId())
                          .squaredGradientNorm(start(parameters), FloatTypes.slice(slice));
                  return List.of(sum).iterator();
                })
            .reduce(Double::sum);
    lastNorm = Math.sqrt(squares);
    state.update(SUMMED, true);
    state.update(COEFFICIENT, Math.min(1, maxNorm / (lastNorm + TINY)));
  }

  @Override
  public <T> void processParameters(
      AllReduceParameter<T> parameters,
      DistriOptimizer.Cache<T> cache,
      Table state,
      TensorNumeric<T> evidence) {
    float coefficient = ((Double) state.apply(COEFFICIENT)).floatValue();
    FloatSlice slice = FloatTypes.slice((Tensor<Object>) parameters.gradientPartition());
    float[] gradients = slice.array();
    int clipped = Math.max(0, Math.min(parameterCount - start(parameters), slice.length()));
    for (int i = slice.offset(); i < slice.offset() + clipped; i++) {
      gradients[i] *= coefficient;
    }
  }

  /** The first element of the running task's slice; BigDL counts from 1. */
  private static int start(AllReduceParameter<?> parameters) {
    return (Integer) parameters.localPartitionRange()._1() - 1;
  }
}
