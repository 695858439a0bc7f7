package io.robusttrain.speed;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.NativeVectors;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerReport;
import io.robusttrain.engine.WorkerSlice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * A worker that remembers its own times step by step. An engine tells its driver only the largest
 * of each part over all workers, of which the sum is more than any worker's. Thread-safe where the
 * worker is.
 */
public final class MeteredWorker implements Worker {
  private final Worker worker;
  private final Map<Long, OwnTimes> times = new HashMap<>();

  MeteredWorker(Worker worker) {
    this.worker = worker;
  }

  /** Meters the workers that a factory creates. */
  static WorkerFactory<MeteredWorker> metering(WorkerFactory<?> workers) {
    return place -> new MeteredWorker(workers.create(place));
  }

  /** The times of steps {@code [first, end)}, all of them done and reported. */
  synchronized List<OwnTimes> times(long first, long end) {
    List<OwnTimes> range = new ArrayList<>();
    for (long step = first; step < end; step++) {
      OwnTimes own = times.get(step);
      if (own == null) {
        throw new IllegalStateException("the worker has no report of step " + step);
      }
      range.add(own);
    }
    return range;
  }

  /** A report has attack, training and data of its step, and the update of an earlier one. */
  @Override
  public synchronized WorkerReport takeReport() {
    WorkerReport report = worker.takeReport();
    times.compute(
        report.step(),
        (step, own) ->
            new OwnTimes(
                report.attackSeconds(),
                report.trainSeconds(),
                report.loadSeconds(),
                own == null ? 0 : own.update()));
    times.computeIfPresent(
        report.updatedStep(),
        (step, own) -> new OwnTimes(own.attack(), own.train(), own.data(), report.updateSeconds()));
    return report;
  }

  @Override
  public void load(long step) {
    worker.load(step);
  }

  @Override
  public double compute(long step, int replica, FloatSlice weights, FloatSlice gradients) {
    return worker.compute(step, replica, weights, gradients);
  }

  @Override
  public Optional<NativeVectors> vectors(int replica) {
    return worker.vectors(replica);
  }

  @Override
  public double compute(long step, int replica) {
    return worker.compute(step, replica);
  }

  @Override
  public double compute(long step, int replica, IntConsumer complete) {
    return worker.compute(step, replica, complete);
  }

  @Override
  public void update(long step, int sliceStart, FloatSlice weights, FloatSlice gradients) {
    worker.update(step, sliceStart, weights, gradients);
  }

  @Override
  public double squaredGradientNorm(int sliceStart, FloatSlice gradients) {
    return worker.squaredGradientNorm(sliceStart, gradients);
  }

  @Override
  public WorkerSlice weights() {
    return worker.weights();
  }

  @Override
  public void close() {
    worker.close();
  }
}
