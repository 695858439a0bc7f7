package io.robusttrain.evaluate.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.FrozenClassifier;
import io.robusttrain.tensor.NativeGate;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.NativeThread;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * The bound models of an executor's process: one for each task that runs at the same time, kept
 * from block to block and stage to stage. Each has a thread of its own, because OpenMP keeps a team
 * for each thread that ever computed and Spark's pool threads come and go. Thread-safe.
 */
final class ModelSlots {
  /** The longest that a forward with its backward may take. */
  private static final Duration LEAVING = Duration.ofSeconds(60);

  @GuardedBy("ModelSlots.class")
  private static final Map<String, ModelSlots> OPEN = new HashMap<>();

  @GuardedBy("ModelSlots.class")
  private static final Map<String, ModelSlots> CLOSING = new HashMap<>();

  private final EvaluationJob job;
  private final Object closer = new Object();

  @GuardedBy("this")
  private final Deque<Slot> idle = new ArrayDeque<>();

  @GuardedBy("this")
  private final List<Slot> all = new ArrayList<>();

  private ModelSlots(EvaluationJob job) {
    this.job = job;
  }

  /** A task's way to a model. */
  record Access(ModelSlots slots, Supplier<float[]> weights) implements ModelAccess {
    @Override
    public <T> T compute(Function<Classifier, T> computation) {
      Slot slot = slots.take();
      // Where the caller is interrupted, native code goes on: the slot comes back when it is done.
      return slot.thread.call(
          () -> {
            try {
              return slot.compute(slots.job, weights, computation);
            } finally {
              slots.release(slot);
            }
          });
    }
  }

  /** The process's models of a session; none is bound before the first computation. */
  static Access access(EvaluationJob job, Supplier<float[]> weights) {
    synchronized (ModelSlots.class) {
      ModelSlots slots = OPEN.computeIfAbsent(job.session(), session -> new ModelSlots(job));
      return new Access(slots, weights);
    }
  }

  /**
   * Releases the models of a session in this process. What a model still computes ends at its next
   * forward. Returns when native code has been left, also where another thread is closing them
   * already.
   */
  static void close(String session) {
    ModelSlots slots;
    synchronized (ModelSlots.class) {
      ModelSlots open = OPEN.remove(session);
      if (open != null) {
        CLOSING.put(session, open);
      }
      slots = CLOSING.get(session);
    }
    if (slots != null) {
      try {
        slots.closeAll();
      } finally {
        synchronized (ModelSlots.class) {
          CLOSING.remove(session, slots);
        }
      }
    }
  }

  /** Releases the models of all sessions in this process but one. */
  static void closeOthers(String session) {
    List<String> others;
    synchronized (ModelSlots.class) {
      others = OPEN.keySet().stream().filter(open -> !open.equals(session)).toList();
    }
    others.forEach(ModelSlots::close);
  }

  private synchronized Slot take() {
    if (idle.isEmpty()) {
      NativeGate.closeAtExit(LEAVING);
      Slot slot = new Slot("evaluation-" + all.size());
      all.add(slot);
      return slot;
    }
    return idle.pop();
  }

  private synchronized void release(Slot slot) {
    idle.push(slot);
  }

  private void closeAll() {
    synchronized (closer) {
      List<Slot> slots;
      synchronized (this) {
        slots = List.copyOf(all);
        all.clear();
        idle.clear();
      }
      // What still computes comes back through release.
      slots.forEach(Slot::close);
    }
  }

  /** A copy of the model, bound by its first computation. */
  private static final class Slot {
    private final NativeThread thread;
    private FrozenClassifier model;
    private Classifier stoppable;

    Slot(String name) {
      thread = new NativeThread(name);
    }

    <T> T compute(
        EvaluationJob job, Supplier<float[]> weights, Function<Classifier, T> computation) {
      NativeRuntime.start(job.threads());
      if (model == null) {
        model = new FrozenClassifier(job.architecture(), weights.get(), job.device());
        stoppable = new Stoppable(thread, model.classifier());
      }
      return computation.apply(stoppable);
    }

    void close() {
      thread.close();
      if (model != null) {
        model.close();
      }
    }
  }

  /** Computes no further forward once its thread was closed or the process is to end. */
  private record Stoppable(NativeThread thread, Classifier classifier) implements Classifier {
    @Override
    public Tensor forward(Tensor pixels, ForwardPass pass) {
      thread.requireOpen();
      return classifier.forward(pixels, pass);
    }

    @Override
    public void close() {
      classifier.close();
    }
  }
}
