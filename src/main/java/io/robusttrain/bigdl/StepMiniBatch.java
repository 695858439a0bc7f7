package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.dataset.MiniBatch;
import com.intel.analytics.bigdl.dataset.Sample;
import com.intel.analytics.bigdl.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.tensor.Tensor;
import com.intel.analytics.bigdl.tensor.TensorNumericMath.TensorNumeric;
import io.robusttrain.engine.StepAttempt;
import scala.collection.Seq;

/** A step's batch as BigDL sees it: something to slice into one part a replica. */
@SuppressWarnings("deprecation") // the interface asks for its deprecated methods too
final class StepMiniBatch implements MiniBatch<Object> {
  private static final long serialVersionUID = 1L;

  /** BigDL warns at each step about batches of fewer than two records a replica. */
  private static final int RECORDS_PER_REPLICA = 2;

  private final StepAttempt attempt;
  private final int firstReplica;
  private final int size;

  private StepMiniBatch(StepAttempt attempt, int firstReplica, int size) {
    this.attempt = attempt;
    this.firstReplica = firstReplica;
    this.size = size;
  }

  /** The batch of a step for all replicas of a worker. */
  static StepMiniBatch ofStep(StepAttempt attempt, int replicas) {
    return new StepMiniBatch(attempt, 0, RECORDS_PER_REPLICA * replicas);
  }

  /** A batch that only has a size: BigDL sums it up to know how long its epoch is. */
  static StepMiniBatch ofSize(int size) {
    return new StepMiniBatch(null, 0, size);
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public MiniBatch<Object> slice(int offset, int length) {
    return new StepMiniBatch(attempt, (offset - 1) / RECORDS_PER_REPLICA, length);
  }

  @Override
  public Activity getInput() {
    return new ReplicaInput(attempt, firstReplica);
  }

  @Override
  public Activity getTarget() {
    return getInput();
  }

  @Override
  public Tensor<Object> data() {
    throw new UnsupportedOperationException("samples stay with the worker");
  }

  @Override
  public Tensor<Object> labels() {
    throw new UnsupportedOperationException("samples stay with the worker");
  }

  @Override
  public MiniBatch<Object> set(Seq<Sample<Object>> samples, TensorNumeric<Object> evidence) {
    throw new UnsupportedOperationException("samples stay with the worker");
  }
}
