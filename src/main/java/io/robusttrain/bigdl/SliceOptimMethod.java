package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.optim.OptimMethod;
import com.intel.analytics.bigdl.tensor.Tensor;
import com.intel.analytics.bigdl.utils.Table;
import io.robusttrain.engine.StepAttempt;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerRegistry;
import org.apache.spark.TaskContext;
import scala.Function1;
import scala.Tuple2;

/**
 * Lets the worker update the slice of the flat vector that BigDL assigned to its partition. The
 * optimiser's state stays with the worker, where checkpoints can reach it.
 */
@SuppressWarnings("deprecation") // the interface asks for its deprecated methods too
final class SliceOptimMethod implements OptimMethod<Object> {
  private static final long serialVersionUID = 1L;

  private final String run;
  private final int size;
  private final int workers;
  private Table state;

  SliceOptimMethod(String run, int size, int workers) {
    this.run = run;
    this.size = size;
    this.workers = workers;
    this.state = new Table(new Object[0]);
    state.update("epoch", 1);
    state.update("neval", 1);
  }

  @Override
  public Tuple2<Tensor<Object>, Object> optimize(
      Function1<Tensor<Object>, Tuple2<Object, Tensor<Object>>> evaluation,
      Tensor<Object> weights) {
    Tensor<Object> gradients = evaluation.apply(weights)._2();
    int worker = TaskContext.getPartitionId();
    StepAttempt attempt = StepProperty.ofTask();
    WorkerRegistry.gate(run, worker).update(attempt.leg(), attempt.step());
    int start = new WorkerPlace(worker, workers, 1).sliceStart(size);
    WorkerRegistry.existing(run, worker)
        .update(attempt.step(), start, FloatTypes.slice(weights), FloatTypes.slice(gradients));
    return new Tuple2<>(weights, new float[] {0});
  }

  @Override
  public void clearHistory() {
    // State lives in the worker.
  }

  @Override
  public void updateHyperParameter() {
    // The worker knows the step and so the schedule.
  }

  @Override
  public String getHyperParameter() {
    return "";
  }

  @Override
  @SuppressWarnings({"CloneableImplementsClone", "MethodOverridesInaccessibleMethodOfSuper"})
  public OptimMethod<Object> clone() {
    return new SliceOptimMethod(run, size, workers);
  }

  @Override
  public double getLearningRate() {
    return 0;
  }

  @Override
  public Table state() {
    return state;
  }

  @Override
  public void state_$eq(Table newState) {
    state = newState;
  }

  @Override
  public OptimMethod<Object> loadFromTable(Table config) {
    return this;
  }

  @Override
  public OptimMethod<Object> save(String path, boolean overwrite) {
    throw new UnsupportedOperationException("checkpoints are written from the worker's state");
  }

  @Override
  public boolean save$default$2() {
    return false;
  }

  // The rest is what Scala 2.12 generates for deprecated overloads and for specialised types.

  @Override
  public Tuple2<Tensor<Object>, Object> optimize(
      Function1<Tensor<Object>, Tuple2<Object, Tensor<Object>>> evaluation,
      Tensor<Object> weights,
      Table config,
      Table ignored) {
    return optimize(evaluation, weights);
  }

  @Override
  public Table optimize$default$4() {
    return null;
  }

  @Override
  public Table clearHistory(Table ignored) {
    return state;
  }

  @Override
  public void updateHyperParameter(Table config, Table ignored) {
    // As above.
  }

  @Override
  public String getHyperParameter(Table config) {
    return "";
  }

  @Override
  public Tuple2<Tensor<Object>, double[]> optimize$mcD$sp(
      Function1<Tensor<Object>, Tuple2<Object, Tensor<Object>>> evaluation,
      Tensor<Object> weights) {
    throw new UnsupportedOperationException("float only");
  }

  @Override
  public Tuple2<Tensor<Object>, float[]> optimize$mcF$sp(
      Function1<Tensor<Object>, Tuple2<Object, Tensor<Object>>> evaluation,
      Tensor<Object> weights) {
    optimize(evaluation, weights);
    return new Tuple2<>(weights, new float[] {0});
  }

  @Override
  public OptimMethod<Object> clone$mcD$sp() {
    return clone();
  }

  @Override
  public OptimMethod<Object> clone$mcF$sp() {
    return clone();
  }

  @Override
  public Tuple2<Tensor<Object>, double[]> optimize$mcD$sp(
      Function1<Tensor<Object>, Tuple2<Object, Tensor<Object>>> evaluation,
      Tensor<Object> weights,
      Table config,
      Table ignored) {
    throw new UnsupportedOperationException("float only");
  }

  @Override
  public Tuple2<Tensor<Object>, float[]> optimize$mcF$sp(
      Function1<Tensor<Object>, Tuple2<Object, Tensor<Object>>> evaluation,
      Tensor<Object> weights,
      Table config,
      Table ignored) {
    return optimize$mcF$sp(evaluation, weights);
  }
}
