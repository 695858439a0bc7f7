package io.robusttrain.bigdl;

import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerReport;
import io.robusttrain.engine.WorkerSlice;
import java.util.Arrays;

/**
 * Minimises the mean over replicas r of |w - r|^2 / 2 by gradient descent: every number that an
 * engine must deliver has a closed form.
 */
final class QuadraticWorker implements Worker {
  static final double RATE = 0.25;

  private final QuadraticWorkers all;
  private final WorkerPlace place;
  private final int parameterCount;
  private final long failAtStep;
  private long loaded = -1;
  private long updated = -1;
  private double squaredNorm = Double.NaN;
  private WorkerSlice slice;

  QuadraticWorker(QuadraticWorkers all, WorkerPlace place, int parameterCount, long failAtStep) {
    this.all = all;
    this.place = place;
    this.parameterCount = parameterCount;
    this.failAtStep = failAtStep;
    all.opened();
  }

  @Override
  public void load(long step) {
    loaded = step;
  }

  @Override
  public double compute(
      long step, int replica, float[] weights, int wOffset, float[] gradients, int gOffset) {
    if (step != loaded) {
      throw new IllegalStateException("step " + step + " was not loaded");
    }
    if (step == failAtStep) {
      throw new ArithmeticException("loss is not finite in step " + step);
    }
    int target = place.index() * place.replicas() + replica;
    double loss = 0;
    for (int i = 0; i < gradients.length - gOffset; i++) {
      float difference = weights[wOffset + i] - target;
      gradients[gOffset + i] = difference;
      loss += 0.5 * difference * difference;
    }
    return loss;
  }

  @Override
  public void update(
      long step,
      float[] weights,
      int wOffset,
      float[] gradients,
      int gOffset,
      int sliceStart,
      int length) {
    squaredNorm = squaredGradientNorm(gradients, gOffset, sliceStart, length);
    for (int i = 0; i < length; i++) {
      weights[wOffset + i] -= (float) RATE * gradients[gOffset + i];
    }
    updated = step;
    slice = new WorkerSlice(sliceStart, Arrays.copyOfRange(weights, wOffset, wOffset + length));
  }

  @Override
  public double squaredGradientNorm(float[] gradients, int offset, int sliceStart, int length) {
    double sum = 0;
    for (int i = 0; i < Math.min(length, parameterCount - sliceStart); i++) {
      sum += (double) gradients[offset + i] * gradients[offset + i];
    }
    return sum;
  }

  @Override
  public WorkerSlice weights() {
    return slice;
  }

  @Override
  public WorkerReport takeReport() {
    all.exchanged(loaded, place.workers());
    return new WorkerReport(loaded, 3, 1, 0, 0, 0, 0, squaredNorm, updated, 1, 1);
  }

  @Override
  public void close() {
    slice = null;
    all.closed();
  }
}
