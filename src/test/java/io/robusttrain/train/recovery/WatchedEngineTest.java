package io.robusttrain.train.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerTask;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a watch learns from the calls of an engine, by a clock that the test turns. */
class WatchedEngineTest {
  private final AtomicLong nanos = new AtomicLong();
  private final StallWatch watch = new StallWatch(Optional.empty(), 4, 1, nanos::get);

  @Test
  void whatOneGatheringTookBoundsTheNext() {
    WorkerTask<Worker, String> task = (worker, place) -> "answer";
    try (WatchedEngine<Worker> engine = new WatchedEngine<>(new Idle(), watch, new RunControl())) {
      engine.gather(task, answer -> pass(1));
      engine.gather(
          task,
          answer -> {
            pass(60);
            assertThat(watch.stall()).as("a minute at least").isEmpty();
            pass(1);
            assertThat(watch.stall())
                .as("ten times what the first one took, or a minute")
                .isPresent();
          });
    }
  }

  private void pass(long seconds) {
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  /** One worker, which answers at once. */
  private static final class Idle implements TrainingEngine<Worker> {
    @Override
    public WorkerPlace topology() {
      return new WorkerPlace(-1, 1, 1);
    }

    @Override
    public void run(float[] weights, long firstStep, long endStep, StepObserver observer) {
      throw new UnsupportedOperationException("takes no steps");
    }

    @Override
    public float[] weights() {
      throw new UnsupportedOperationException("has no weights");
    }

    @Override
    public <R> List<R> onEveryWorker(WorkerTask<Worker, R> task) {
      try {
        return List.of(task.run(null, new WorkerPlace(0, 1, 1)));
      } catch (Exception failed) {
        throw new IllegalStateException(failed);
      }
    }

    @Override
    public void abandon(String why) {
      throw new UnsupportedOperationException("nothing is waited for");
    }

    @Override
    public void close() {}
  }
}
