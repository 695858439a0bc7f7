package io.robusttrain.train.recovery;

import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.SharingWorkerTask;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerTask;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * An engine that tells a {@link StallWatch} what it is doing.
 *
 * @param <W> the workers
 */
public final class WatchedEngine<W extends Worker> implements TrainingEngine<W> {
  private final TrainingEngine<W> engine;
  private final StallWatch watch;
  private final RunControl control;

  /**
   * Watches an engine, which is closed with this.
   *
   * @param watch gets everything that moves
   * @param control is asked for a checkpoint when an executor is told to end
   */
  public WatchedEngine(TrainingEngine<W> engine, StallWatch watch, RunControl control) {
    this.engine = engine;
    this.control = control;
    this.watch = watch;
  }

  @Override
  public WorkerPlace topology() {
    return engine.topology();
  }

  @Override
  public void run(float[] weights, long firstStep, long endStep, StepObserver observer) {
    try (StallWatch.Watching stepping = watch.steps(firstStep, engine::abandon)) {
      engine.run(weights, firstStep, endStep, new WatchedObserver(observer));
    }
  }

  @Override
  public float[] weights() {
    try (StallWatch.Watching task = watch.task("weights", engine::abandon)) {
      return succeeded(task, engine.weights());
    }
  }

  @Override
  public <R> List<R> onEveryWorker(WorkerTask<W, R> task) {
    try (StallWatch.Watching watching = watch.task(task.getClass().getName(), engine::abandon)) {
      return succeeded(watching, engine.onEveryWorker(task));
    }
  }

  @Override
  public <R> void gather(WorkerTask<W, R> task, Consumer<R> sink) {
    try (StallWatch.Watching watching = watch.task(task.getClass().getName(), engine::abandon)) {
      engine.gather(task, sink);
      watching.succeeded();
    }
  }

  @Override
  public <S, R> List<R> onEveryWorker(S shared, SharingWorkerTask<S, W, R> task) {
    try (StallWatch.Watching watching = watch.task(task.getClass().getName(), engine::abandon)) {
      return succeeded(watching, engine.onEveryWorker(shared, task));
    }
  }

  /** What a task that failed or was given up has taken says nothing of the next one. */
  private static <R> R succeeded(StallWatch.Watching task, R result) {
    task.succeeded();
    return result;
  }

  @Override
  public Set<String> departing() {
    return engine.departing();
  }

  @Override
  public void abandon(String why) {
    engine.abandon(why);
  }

  @Override
  public void close() {
    engine.close();
  }

  /** The driver's work between steps is not the engine's: nothing has to move meanwhile. */
  private final class WatchedObserver implements StepObserver {
    private final StepObserver observer;
    private final Set<String> departing = new TreeSet<>();

    WatchedObserver(StepObserver observer) {
      this.observer = observer;
    }

    @Override
    public void onStep(StepReport report) {
      observer.onStep(report);
    }

    @Override
    public boolean pausesAfter(long step) {
      watch.stepDone(step);
      return observer.pausesAfter(step);
    }

    @Override
    public void onDeparture(String executor) {
      departing.add(executor);
      control.requestCheckpoint();
      observer.onDeparture(executor);
    }

    @Override
    public void onPause(long completedSteps) {
      try (StallWatch.Watching driver = watch.driver()) {
        observer.onPause(completedSteps);
      }
      if (!departing.isEmpty() && !control.checkpointRequested() && !control.requested()) {
        throw new EngineOutage(
            EngineOutage.Kind.DEPARTURE,
            "%s was told to end".formatted(String.join(", ", departing)),
            null);
      }
    }

    @Override
    public boolean wantsEnd() {
      return observer.wantsEnd();
    }
  }
}
