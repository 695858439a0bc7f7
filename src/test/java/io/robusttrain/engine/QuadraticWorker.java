package io.robusttrain.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/**
 * Minimises the mean over replicas r of |w - r|^2 / 2 by gradient descent: every number that an
 * engine must deliver has a closed form.
 */
public final class QuadraticWorker implements Worker {
  public static final double RATE = 0.25;

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
    all.loaded(place.index(), step);
    loaded = step;
  }

  @Override
  public double compute(long step, int replica, FloatSlice weights, FloatSlice gradients) {
    if (step != loaded) {
      throw new IllegalStateException("step " + step + " was not loaded");
    }
    if (step == failAtStep) {
      throw new ArithmeticException("loss is not finite in step " + step);
    }
    int target = place.index() * place.replicas() + replica;
    double loss = 0;
    assertThat(gradients.length()).isEqualTo(weights.length());
    for (int i = 0; i < gradients.length(); i++) {
      float difference = weights.array()[weights.offset() + i] - target;
      gradients.array()[gradients.offset() + i] = difference;
      loss += 0.5 * difference * difference;
    }
    return loss;
  }

  @Override
  public void update(long step, int sliceStart, FloatSlice weights, FloatSlice gradients) {
    assertThat(gradients.length()).isEqualTo(weights.length());
    squaredNorm = squaredGradientNorm(sliceStart, gradients);
    for (int i = 0; i < weights.length(); i++) {
      weights.array()[weights.offset() + i] -=
          (float) RATE * gradients.array()[gradients.offset() + i];
    }
    updated = step;
    slice = new WorkerSlice(sliceStart, weights.copy());
  }

  @Override
  public double squaredGradientNorm(int sliceStart, FloatSlice gradients) {
    double sum = 0;
    for (int i = 0; i < Math.min(gradients.length(), parameterCount - sliceStart); i++) {
      double gradient = gradients.array()[gradients.offset() + i];
      sum += gradient * gradient;
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
    return new WorkerReport(
        loaded, 3, 1, 0, 0, 0, 0, squaredNorm, updated, 1, 1, List.of(), List.of());
  }

  @Override
  public void close() {
    slice = null;
    all.closed();
  }
}
