package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.parameters.AllReduceParameter;
import com.intel.analytics.bigdl.parameters.FutureResult;
import com.intel.analytics.bigdl.tensor.Tensor;
import com.intel.analytics.bigdl.tensor.TensorNumericMath.TensorNumeric;
import io.robusttrain.cluster.ExchangeFailure;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import scala.Tuple3;
import scala.collection.JavaConverters;

/**
 * The exchange that BigDL's optimiser uses in a leg: each task finds its worker's {@link
 * SliceExchange}.
 *
 * <p>BigDL's own forgets the exceptions of the threads that put, fetch and add, so that a gradient
 * may be left out or count twice; adds what travelled in 16 bits in 16 bits; keeps a worker's slice
 * where Spark may drop it; and asks the driver for the place of each block in each step.
 */
final class Exchange extends AllReduceParameter<Object> {
  private static final long serialVersionUID = 1L;

  private final ExchangePlan plan;

  Exchange(ExchangePlan plan) {
    // BigDL counts elements from 1; the other arguments are for what is overridden here.
    super(0, plan.workers(), plan.size(), 1, "none", FloatTypes.FLOAT, FloatTypes.NUMERIC);
    this.plan = plan;
  }

  private SliceExchange slice() {
    return SliceExchange.of(plan, TaskContext.getPartitionId());
  }

  private static long step() {
    return StepProperty.ofTask().step();
  }

  /**
   * Begins a worker's part of the leg.
   *
   * @throws ExchangeFailure if it had begun: Spark has dropped the worker's model, BigDL makes it
   *     anew, and its slice would start over from the leg's first weights
   */
  @Override
  public Tuple3<Object, Object, Object> init(
      Tensor<Object> weights, TensorNumeric<Object> evidence) {
    int worker = TaskContext.getPartitionId();
    if (StepProperty.isSet()) {
      throw SliceExchange.dropped(worker, "in step " + step());
    }
    SliceExchange.begin(plan, worker, SparkEnv.get().blockManager(), FloatTypes.slice(weights));
    return new Tuple3<>(worker, plan.start(worker), plan.length(worker));
  }

  @Override
  public Tensor<Object> weightPartition() {
    return slice().weights();
  }

  @Override
  public Tensor<Object> gradientPartition() {
    return slice().gradients();
  }

  @Override
  public FutureResult<Object> getWeights(Tensor<Object> vector) {
    return new FutureResult<>(
        JavaConverters.asScalaBufferConverter(
                slice().gatherWeights(step(), FloatTypes.slice(vector)))
            .asScala());
  }

  @Override
  public void putGradients(Tensor<Object> vector) {
    slice().putGradients(step(), FloatTypes.slice(vector));
  }

  @Override
  public void aggregateGradientPartition(int replicas) {
    slice().sumGradients(step(), replicas);
  }

  @Override
  public void sendWeightPartition() {
    slice().sendWeights(step());
  }
}
