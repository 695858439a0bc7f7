package io.robusttrain.evaluate;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;

/**
 * Lets threads leave native code before the process ends: libtorch's threads must not compute while
 * its libraries are torn down, or an interrupted evaluation ends in a crash instead of its exit
 * code. Thread-safe.
 */
final class NativeWork {
  private static final long LONGEST_SECONDS = 60;

  @GuardedBy("NativeWork.class")
  private static int computing;

  @GuardedBy("NativeWork.class")
  private static boolean stopping;

  @GuardedBy("NativeWork.class")
  private static boolean hooked;

  private NativeWork() {}

  /** Marks the beginning of a computation; {@link #end} must follow. */
  static synchronized void begin() {
    if (!hooked && !stopping) {
      hooked = true;
      Runtime.getRuntime().addShutdownHook(new Thread(NativeWork::stop, "evaluation-stop"));
    }
    requireRunning();
    computing++;
  }

  /** Marks the end of a computation. */
  static synchronized void end() {
    computing--;
    NativeWork.class.notifyAll();
  }

  /** A classifier that computes no further pass once the process is to end. */
  static Classifier stoppable(Classifier classifier) {
    return new Classifier() {
      @Override
      public Tensor forward(Tensor pixels, ForwardPass pass) {
        requireRunning();
        return classifier.forward(pixels, pass);
      }

      @Override
      public void close() {
        classifier.close();
      }
    };
  }

  private static synchronized void requireRunning() {
    if (stopping) {
      throw new IllegalStateException("the process is being stopped");
    }
  }

  private static synchronized void stop() {
    stopping = true;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
    try {
      for (long left = LONGEST_SECONDS * 1000; computing > 0 && left > 0; ) {
        NativeWork.class.wait(left);
        left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
