package io.robusttrain.speed;

import io.robusttrain.base.DaemonThreads;
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
import io.robusttrain.tensor.NativeThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The least that an engine can be: one worker in the caller's thread, which adds what its replicas
 * compute at the same time and has nothing to exchange with others. What its steps take is what a
 * step costs before it is distributed.
 *
 * @param <W> the worker
 */
public final class InProcessEngine<W extends Worker> implements TrainingEngine<W> {
  private final WorkerPlace place;
  private final W worker;
  private final ExecutorService threads;
  private float[] weights = new float[0];

  /** An engine with the worker of one replica that the factory creates for the only place. */
  public InProcessEngine(WorkerFactory<W> factory) {
    this(factory, 1);
  }

  /** An engine with a worker of some replicas. */
  public InProcessEngine(WorkerFactory<W> factory, int replicas) {
    place = new WorkerPlace(0, 1, replicas);
    worker = factory.create(place);
    threads = Executors.newFixedThreadPool(replicas, DaemonThreads.named("in-process-replica"));
  }

  @Override
  public WorkerPlace topology() {
    return new WorkerPlace(-1, 1, place.replicas());
  }

  @Override
  public void run(float[] start, long firstStep, long endStep, StepObserver observer) {
    weights = start.clone();
    List<FloatSlice> gradients = new ArrayList<>();
    for (int i = 0; i < place.replicas(); i++) {
      gradients.add(FloatSlice.of(new float[weights.length]));
    }
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

  private double step(long step, List<FloatSlice> gradients) {
    try {
      worker.load(step);
      FloatSlice flat = FloatSlice.of(weights);
      double loss = compute(step, flat, gradients);
      worker.update(step, 0, flat, gradients.get(0));
      return loss;
    } catch (RuntimeException failed) {
      throw new WorkerFailure(failed.getMessage(), failed);
    }
  }

  /** The mean loss; afterwards the first of the gradients is the mean of all. */
  private double compute(long step, FloatSlice flat, List<FloatSlice> gradients) {
    if (place.replicas() == 1) {
      return worker.compute(step, 0, flat, gradients.get(0));
    }
    List<Future<Double>> losses = new ArrayList<>();
    for (int i = 0; i < place.replicas(); i++) {
      int replica = i;
      losses.add(threads.submit(() -> worker.compute(step, replica, flat, gradients.get(replica))));
    }
    double loss = losses.stream().mapToDouble(NativeThread::result).sum();
    float[] sum = gradients.get(0).array();
    for (FloatSlice further : gradients.subList(1, place.replicas())) {
      float[] own = further.array();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += own[i];
      }
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] /= place.replicas();
    }
    return loss / place.replicas();
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
      return List.of(task.run(worker, place));
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
    threads.shutdown();
    worker.close();
  }
}
