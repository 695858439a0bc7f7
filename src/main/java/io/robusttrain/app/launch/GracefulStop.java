package io.robusttrain.app.launch;

import io.robusttrain.tensor.NativeGate;
import io.robusttrain.train.recovery.RunControl;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a run when its process is told to: SIGTERM, SIGINT and SIGHUP start the JVM's shutdown,
 * which waits here until the current step has ended and a checkpoint is written, or until the grace
 * is over or a second signal came and the step has been abandoned; in any case until native code
 * has been left. Hadoop's hooks run one after another, this one before those that stop Spark and
 * close file systems. The exit code stays the JVM's own, 143 after SIGTERM.
 */
final class GracefulStop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GracefulStop.class);

  /** The longest micro-batch; a scheduler that waits no longer kills. */
  private static final Duration LEAVING = Duration.ofMinutes(10);

  private final RunControl control;
  private final Duration grace;
  private final Consumer<String> abandon;
  private final PrintStream screen;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CountDownLatch hurried = new CountDownLatch(1);
  private final Runnable hook = this::stop;

  private GracefulStop(
      RunControl control, Duration grace, Consumer<String> abandon, PrintStream screen) {
    this.control = control;
    this.grace = grace;
    this.abandon = abandon;
    this.screen = screen;
  }

  /**
   * From now on the process ends like this, until this is closed.
   *
   * @param control of the run
   * @param grace for the current step and its checkpoint
   * @param abandon gives up the current step
   */
  static GracefulStop of(
      RunControl control, Duration grace, Consumer<String> abandon, PrintStream screen) {
    GracefulStop stop = new GracefulStop(control, grace, abandon, screen);
    ShutdownHookManager.get()
        .addShutdownHook(
            stop.hook,
            NativeGate.EXIT_PRIORITY,
            grace.plus(LEAVING).toMillis(),
            TimeUnit.MILLISECONDS);
    return stop;
  }

  /** On the JVM's thread of the shutdown. */
  private void stop() {
    control.requestStop();
    screen.println("told to end: the current step ends and is saved; a second signal abandons it");
    onSignals();
    NativeGate.closeAfter(this::awaitEnd, LEAVING);
  }

  private void awaitEnd() throws InterruptedException {
    if (!endsWithin(grace)) {
      while (!endsSoon()) {
        LOG.debug("the step has not been left yet");
      }
    }
  }

  private boolean endsWithin(Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (System.nanoTime() < deadline && hurried.getCount() > 0) {
      if (ended.await(50, TimeUnit.MILLISECONDS)) {
        return true;
      }
    }
    return ended.getCount() == 0;
  }

  private boolean endsSoon() throws InterruptedException {
    if (ended.getCount() == 0) {
      return true;
    }
    abandon.accept("the step was abandoned, for the process was told to end");
    return ended.await(2, TimeUnit.SECONDS);
  }

  /** A JVM that is shutting down ignores further signals unless somebody else wants them. */
  private void onSignals() {
    for (String name : new String[] {"TERM", "INT", "HUP"}) {
      try {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object hurry =
            Proxy.newProxyInstance(
                handler.getClassLoader(),
                new Class<?>[] {handler},
                (proxy, method, arguments) -> {
                  hurried.countDown();
                  return null;
                });
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), hurry);
      } catch (ReflectiveOperationException | IllegalArgumentException unavailable) {
        Throwable why =
            unavailable instanceof InvocationTargetException wrapped
                ? wrapped.getCause()
                : unavailable;
        LOG.debug("a second {} will not be noticed: {}", name, why.toString());
      }
    }
  }

  /** The run has ended, whatever the reason. */
  @Override
  public void close() {
    ended.countDown();
    if (!ShutdownHookManager.get().isShutdownInProgress()) {
      ShutdownHookManager.get().removeShutdownHook(hook);
    }
  }
}
