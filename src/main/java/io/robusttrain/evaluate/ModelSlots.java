package io.robusttrain.evaluate;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * The bound models of an executor's process: one for each task that runs at the same time, kept
 * from block to block and stage to stage. Each has a thread of its own, because OpenMP keeps a team
 * for each thread that ever computed and Spark's pool threads come and go. Thread-safe.
 */
final class ModelSlots {
  @GuardedBy("ModelSlots.class")
  private static final Map<String, ModelSlots> OPEN = new HashMap<>();

  private final EvaluationJob job;

  @GuardedBy("this")
  private final Deque<Slot> idle = new ArrayDeque<>();

  @GuardedBy("this")
  private final List<Slot> all = new ArrayList<>();

  private ModelSlots(EvaluationJob job) {
    this.job = job;
  }

  /** What is computed with a model; runs on the model's own thread. */
  @FunctionalInterface
  interface Computation<T> {
    /** Computes with the model, which is the computation's alone meanwhile. */
    T compute(Classifier classifier);
  }

  /** A task's way to a model. */
  static final class Access {
    private final ModelSlots slots;
    private final Supplier<float[]> weights;

    private Access(ModelSlots slots, Supplier<float[]> weights) {
      this.slots = slots;
      this.weights = weights;
    }

    /** Computes and waits; unchecked exceptions are thrown as they are. */
    <T> T compute(Computation<T> computation) {
      Slot slot = slots.take();
      Future<T> result = slot.thread.submit(() -> slot.compute(slots, weights, computation));
      try {
        return result.get();
      } catch (ExecutionException failed) {
        if (failed.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        if (failed.getCause() instanceof Error cause) {
          throw cause;
        }
        throw new IllegalStateException(failed.getCause());
      } catch (InterruptedException stopped) {
        // Native code cannot be interrupted: the slot comes back when it is done.
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while a model computed", stopped);
      }
    }
  }

  /** The process's models of a session; none is bound before the first computation. */
  static Access access(EvaluationJob job, Supplier<float[]> weights) {
    synchronized (ModelSlots.class) {
      ModelSlots slots = OPEN.computeIfAbsent(job.session(), session -> new ModelSlots(job));
      return new Access(slots, weights);
    }
  }

  /** Releases the models of a session in this process; they must be idle. */
  static void close(String session) {
    ModelSlots slots;
    synchronized (ModelSlots.class) {
      slots = OPEN.remove(session);
    }
    if (slots != null) {
      slots.closeAll();
    }
  }

  private synchronized Slot take() {
    if (idle.isEmpty()) {
      Slot slot = new Slot("evaluation-" + all.size());
      all.add(slot);
      return slot;
    }
    return idle.pop();
  }

  private synchronized void release(Slot slot) {
    idle.push(slot);
  }

  private synchronized void closeAll() {
    for (Slot slot : all) {
      slot.close();
    }
    all.clear();
    idle.clear();
  }

  private static final class Slot {
    private final ExecutorService thread;
    private FlatParameters parameters;
    private Classifier classifier;

    Slot(String name) {
      thread =
          Executors.newSingleThreadExecutor(
              task -> {
                Thread made = new Thread(task, name);
                made.setDaemon(true);
                return made;
              });
    }

    <T> T compute(ModelSlots slots, Supplier<float[]> weights, Computation<T> computation) {
      try {
        NativeWork.begin();
        try {
          return bound(slots.job, weights, computation);
        } finally {
          NativeWork.end();
        }
      } finally {
        slots.release(this);
      }
    }

    private <T> T bound(EvaluationJob job, Supplier<float[]> weights, Computation<T> computation) {
      NativeRuntime.start(job.threads());
      if (classifier == null) {
        parameters = new FlatParameters(job.architecture().layout(), job.device());
        parameters.load(weights.get(), 0);
        classifier = NativeWork.stoppable(job.architecture().bind(parameters));
      }
      return computation.compute(classifier);
    }

    void close() {
      thread.execute(
          () -> {
            if (classifier != null) {
              classifier.close();
              parameters.close();
            }
          });
      thread.shutdown();
    }
  }
}
