package io.robusttrain.train;

import io.robusttrain.engine.SharingWorkerTask;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerFailure;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerTask;
import io.robusttrain.train.worker.ReplicaWorker;
import java.util.ArrayList;
import java.util.List;

/**
 * As many workers as one likes in this process that take no steps: for what the driver does with
 * them between steps. Each task runs on one after another, in this thread.
 */
public final class ManyWorkers implements TrainingEngine<ReplicaWorker> {
  private final int replicas;
  private final List<WorkerPlace> places = new ArrayList<>();
  private final List<ReplicaWorker> workers = new ArrayList<>();

  public ManyWorkers(int count, int replicas, WorkerFactory<ReplicaWorker> factory) {
    this.replicas = replicas;
    for (int i = 0; i < count; i++) {
      places.add(new WorkerPlace(i, count, replicas));
      workers.add(factory.create(places.get(i)));
    }
  }

  @Override
  public WorkerPlace topology() {
    return new WorkerPlace(-1, places.size(), replicas);
  }

  @Override
  public void run(float[] weights, long firstStep, long endStep, StepObserver observer) {
    throw new UnsupportedOperationException("these workers take no steps");
  }

  @Override
  public float[] weights() {
    throw new UnsupportedOperationException("these workers have no weights");
  }

  @Override
  public <R> List<R> onEveryWorker(WorkerTask<ReplicaWorker, R> task) {
    List<R> answers = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      try {
        answers.add(task.run(workers.get(i), places.get(i)));
      } catch (Exception failed) {
        throw new WorkerFailure(failed.getMessage(), failed);
      }
    }
    return answers;
  }

  @Override
  public <S, R> List<R> onEveryWorker(S shared, SharingWorkerTask<S, ReplicaWorker, R> task) {
    return onEveryWorker((worker, place) -> task.run(shared, worker, place));
  }

  @Override
  public void abandon(String why) {
    throw new UnsupportedOperationException("an engine in the caller's thread cannot be abandoned");
  }

  @Override
  public void close() {
    workers.forEach(ReplicaWorker::close);
  }
}
