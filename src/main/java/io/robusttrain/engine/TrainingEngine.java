package io.robusttrain.engine;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Synchronous data-parallel training of one flat vector. Implementations differ in how gradients
 * are exchanged, never in what is computed. Used from one thread.
 *
 * @param <W> the workers that compute
 */
public interface TrainingEngine<W extends Worker> extends AutoCloseable {
  /** How many workers there are and how many replicas each has; its index means nothing. */
  WorkerPlace topology();

  /**
   * Runs steps {@code [firstStep, endStep)} from the given weights and pauses after the last, or
   * ends earlier where the observer wants it. May be called again, from any weights and step.
   *
   * @param weights the flat vector (P); not changed
   * @throws WorkerFailure if a worker failed; the cause is the worker's first exception
   * @throws EngineOutage if workers were lost or stood still; this engine can only be closed then
   */
  void run(float[] weights, long firstStep, long endStep, StepObserver observer);

  /** The flat vector after the last step, gathered from the workers' slices. Only while paused. */
  float[] weights();

  /** Runs a task on every worker, at the same time where cores allow; results in worker order. */
  <R> List<R> onEveryWorker(WorkerTask<W, R> task);

  /**
   * As {@link #onEveryWorker(WorkerTask)}, with an object that is sent to each process once.
   * Engines whose workers are in other processes override it.
   */
  default <S, R> List<R> onEveryWorker(S shared, SharingWorkerTask<S, W, R> task) {
    return onEveryWorker((worker, place) -> task.run(shared, worker, place));
  }

  /**
   * As {@link #onEveryWorker(WorkerTask)}, for answers as large as the model: each is given away
   * when it arrives, in any order, one at a time, and not kept.
   */
  default <R> void gather(WorkerTask<W, R> task, Consumer<R> sink) {
    onEveryWorker(task).forEach(sink);
  }

  /**
   * Names and places of workers' processes that were told to end, as far as their steps and tasks
   * have told by now.
   */
  default Set<String> departing() {
    return Set.of();
  }

  /**
   * Gives up whatever the engine is doing: the call that is under way, or else the next one, throws
   * an {@link EngineOutage} that says it stalled. Asked again, it tries harder. May be called from
   * any thread.
   *
   * @param why what did not move, and for how long
   */
  void abandon(String why);

  /**
   * Closes all workers and frees what the engine holds. After an {@link EngineOutage}, workers that
   * cannot be reached are left to the next engine, which closes them before it creates its own.
   */
  @Override
  void close();
}
