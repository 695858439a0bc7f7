package io.robusttrain.train;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerFailure;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerReport;
import io.robusttrain.engine.WorkerTask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Several workers in the caller's thread: gradients are added in the order of the workers, and each
 * worker updates its slice. Steps are for workers of one replica; tasks run on one worker after
 * another, whatever they have.
 *
 * @param <W> the workers
 */
public class SummingEngine<W extends Worker> implements TrainingEngine<W> {
  private final List<W> workers = new ArrayList<>();
  private final List<WorkerPlace> places;
  private final int replicas;
  private final LongConsumer afterStep;
  private float[] weights = new float[0];

  /** An engine of so many workers, each with so many replicas. */
  public SummingEngine(int count, int replicas, WorkerFactory<W> factory) {
    this(count, replicas, factory, step -> {});
  }

  /**
   * An engine of so many workers, each with so many replicas.
   *
   * @param afterStep is told of each step that was reported
   */
  SummingEngine(int count, int replicas, WorkerFactory<W> factory, LongConsumer afterStep) {
    this.places =
        IntStream.range(0, count).mapToObj(i -> new WorkerPlace(i, count, replicas)).toList();
    this.replicas = replicas;
    this.afterStep = afterStep;
    places.forEach(place -> workers.add(factory.create(place)));
  }

  @Override
  public WorkerPlace topology() {
    return new WorkerPlace(-1, workers.size(), replicas);
  }

  @Override
  public void run(float[] start, long firstStep, long endStep, StepObserver observer) {
    weights = start.clone();
    for (long step = firstStep; step < endStep; step++) {
      double loss = step(step);
      observer.onStep(report(step, loss));
      afterStep.accept(step);
      if (observer.pausesAfter(step) || step + 1 == endStep) {
        observer.onPause(step + 1);
      }
      if (observer.wantsEnd()) {
        return;
      }
    }
  }

  private double step(long step) {
    double loss = 0;
    float[] mean = new float[weights.length];
    for (W worker : workers) {
      float[] own = new float[weights.length];
      worker.load(step);
      loss += worker.compute(step, 0, FloatSlice.of(weights), FloatSlice.of(own));
      for (int i = 0; i < mean.length; i++) {
        mean[i] += own[i];
      }
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= workers.size();
    }
    for (WorkerPlace place : places) {
      int first = place.sliceStart(mean.length);
      int length = place.sliceLength(mean.length);
      workers
          .get(place.index())
          .update(
              step,
              first,
              new FloatSlice(weights, first, length),
              new FloatSlice(mean, first, length));
    }
    return loss / workers.size();
  }

  private StepReport report(long step, double loss) {
    List<WorkerReport> own = workers.stream().map(Worker::takeReport).toList();
    return new StepReport(
        step,
        loss,
        own.stream().mapToLong(WorkerReport::samples).sum(),
        own.stream().mapToLong(WorkerReport::correct).sum(),
        Math.sqrt(own.stream().mapToDouble(WorkerReport::squaredGradientNorm).sum()),
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        own.stream().flatMap(report -> report.faults().stream()).toList(),
        own.stream().flatMap(report -> report.badSamples().stream()).toList());
  }

  @Override
  public float[] weights() {
    return weights.clone();
  }

  @Override
  public <R> List<R> onEveryWorker(WorkerTask<W, R> task) {
    List<R> answers = new ArrayList<>();
    for (WorkerPlace place : places) {
      try {
        answers.add(task.run(workers.get(place.index()), place));
      } catch (Exception failed) {
        throw new WorkerFailure(failed.getMessage(), failed);
      }
    }
    return answers;
  }

  @Override
  public void abandon(String why) {
    throw new UnsupportedOperationException("an engine in the caller's thread cannot be abandoned");
  }

  @Override
  public void close() {
    workers.forEach(Worker::close);
  }
}
