package io.robusttrain.speed;

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
import java.util.List;

/**
 * The least that an engine can be: one worker of one replica, in the caller's thread, nothing to
 * exchange. What its steps take is what a step costs before it is distributed.
 *
 * @param <W> the worker
 */
public final class InProcessEngine<W extends Worker> implements TrainingEngine<W> {
  private static final WorkerPlace ONLY = new WorkerPlace(0, 1, 1);

  private final W worker;
  private float[] weights = new float[0];

  /** An engine with the worker that the factory creates for the only place. */
  public InProcessEngine(WorkerFactory<W> factory) {
    worker = factory.create(ONLY);
  }

  @Override
  public WorkerPlace topology() {
    return new WorkerPlace(-1, 1, 1);
  }

  @Override
  public void run(float[] start, long firstStep, long endStep, StepObserver observer) {
    weights = start.clone();
    FloatSlice gradients = FloatSlice.of(new float[weights.length]);
    for (long step = firstStep; step < endStep; step++) {
      long begin = System.nanoTime();
      double loss = step(step, gradients);
      double seconds = (System.nanoTime() - begin) / 1e9;
      observer.onStep(report(step, loss, seconds, worker.takeReport()));
      if (observer.pausesAfter(step) || step + 1 == endStep) {
        observer.onPause(step + 1);
      }
      if (observer.wantsEnd()) {
        return;
      }
    }
  }

  private double step(long step, FloatSlice gradients) {
    try {
      worker.load(step);
      FloatSlice flat = FloatSlice.of(weights);
      double loss = worker.compute(step, 0, flat, gradients);
      worker.update(step, 0, flat, gradients);
      return loss;
    } catch (RuntimeException failed) {
      throw new WorkerFailure(failed.getMessage(), failed);
    }
  }

  private static StepReport report(long step, double loss, double seconds, WorkerReport own) {
    return new StepReport(
        step,
        loss,
        own.samples(),
        own.correct(),
        Math.sqrt(own.squaredGradientNorm()),
        seconds,
        own.attackSeconds(),
        own.trainSeconds(),
        own.loadSeconds(),
        own.updateSeconds(),
        own.residentBytes(),
        own.liveHandles(),
        own.faults(),
        own.badSamples());
  }

  @Override
  public float[] weights() {
    return weights.clone();
  }

  @Override
  public <R> List<R> onEveryWorker(WorkerTask<W, R> task) {
    try {
      return List.of(task.run(worker, ONLY));
    } catch (Exception failed) {
      throw new WorkerFailure(failed.getMessage(), failed);
    }
  }

  /** Nothing here can be waited for in vain. */
  @Override
  public void abandon(String why) {
    throw new UnsupportedOperationException("an engine in the caller's thread cannot be abandoned");
  }

  @Override
  public void close() {
    worker.close();
  }
}
