package io.robusttrain.api;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.FrozenClassifier;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.NativeGate;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.NativeThread;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * A network bound to its weights on a thread of its own. The first computation binds it. Any thread
 * may ask. Knows nothing of the {@link Model} that it belongs to, which may be lost.
 */
final class BoundModel {
  /** The longest that a forward with its backward may take when the process ends. */
  private static final Duration LEAVING = Duration.ofSeconds(60);

  private final Architecture architecture;
  private final float[] weights;
  private final int threads;
  private final NativeThread thread;
  private FrozenClassifier bound;

  BoundModel(Architecture architecture, float[] weights) {
    this.architecture = architecture;
    this.weights = weights;
    this.threads = threads(System.getenv("OMP_NUM_THREADS"));
    NativeGate.closeAtExit(LEAVING);
    this.thread = new NativeThread("robusttrain-model");
  }

  /** As many threads as the launchers plan, or a core each. */
  private static int threads(String planned) {
    int cores = Runtime.getRuntime().availableProcessors();
    return planned != null && planned.matches("[1-9]\\d{0,3}")
        ? Math.min(cores, Integer.parseInt(planned))
        : cores;
  }

  /** Computes and waits; whoever stops waiting ends the computation at its next forward. */
  <T> T compute(Function<Classifier, T> computation) {
    AtomicBoolean left = new AtomicBoolean();
    Future<T> task =
        thread.submit(
            () -> {
              NativeRuntime.start(threads);
              if (bound == null) {
                bound = new FrozenClassifier(architecture, weights, ComputeDevice.CPU);
              }
              return computation.apply(new Leavable(bound.classifier(), left));
            });
    boolean done = false;
    try {
      T result = task.get();
      done = true;
      return result;
    } catch (ExecutionException failed) {
      done = true;
      throw Failures.of(failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new RobustTrainException(
          "interrupted while %s computed; nothing was kept".formatted(architecture.name()),
          1,
          interrupted);
    } finally {
      if (!done) {
        left.set(true);
      }
    }
  }

  /** Returns when native code has been left and the memory is free. */
  void close() {
    thread.close();
    if (bound != null) {
      bound.close();
    }
  }

  /** Computes no further forward once nobody waits for it. */
  private record Leavable(Classifier classifier, AtomicBoolean left) implements Classifier {
    @Override
    public Tensor forward(Tensor pixels, ForwardPass pass) {
      NativeGate.requireOpen();
      if (left.get()) {
        throw new IllegalStateException("nobody waits for this computation any more");
      }
      return classifier.forward(pixels, pass);
    }
  }
}
