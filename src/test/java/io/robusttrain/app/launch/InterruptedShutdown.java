package io.robusttrain.app.launch;

import io.robusttrain.tensor.NativeGate;
import io.robusttrain.train.recovery.RunControl;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * A process that ends while a run is under way, and whose hook is interrupted while it waits for
 * the step, as Hadoop interrupts a hook that takes too long; or fails when it gives the step up. A
 * later hook prints whether native code can still be entered.
 */
public final class InterruptedShutdown {
  private InterruptedShutdown() {}

  /** One argument: how long the hook waits before it gives the step up, as a duration. */
  public static void main(String[] arguments) {
    Duration grace = Duration.parse(arguments[0]);
    PrintStream interrupting =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8) {
          @Override
          public void println(String line) {
            if (!grace.isZero()) {
              Thread.currentThread().interrupt();
            }
          }
        };
    GracefulStop.of(new RunControl(), grace, InterruptedShutdown::fail, interrupting);
    ShutdownHookManager.get()
        .addShutdownHook(InterruptedShutdown::tell, NativeGate.EXIT_PRIORITY - 1);
    System.exit(0);
  }

  private static void fail(String why) {
    throw new IllegalStateException("Spark has stopped, and nothing is given up: " + why);
  }

  private static void tell() {
    try {
      NativeGate.requireOpen();
      System.out.println("open");
    } catch (IllegalStateException closed) {
      System.out.println(closed.getMessage());
    }
  }
}
