package io.robusttrain.oracle;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.platform.engine.TestTag;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Starts the arithmetic of each numeric test class, and prints it when the tests of a process are
 * over, so that a report of a failure says where it was seen. A process without numeric tests
 * prints nothing: it need not load libtorch.
 */
public final class ArithmeticLine implements LauncherSessionListener {
  private static final TestTag NUMERIC = TestTag.create(Numeric.TAG);

  private final AtomicBoolean numeric = new AtomicBoolean();

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    session
        .getLauncher()
        .registerTestExecutionListeners(
            new TestExecutionListener() {
              @Override
              public void executionStarted(TestIdentifier test) {
                if (test.getTags().contains(NUMERIC)) {
                  numeric.set(true);
                  // Whatever the class before has left.
                  Arithmetic.start();
                }
              }
            });
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    if (numeric.get()) {
      System.out.println("Arithmetic: " + Arithmetic.description());
    }
  }
}
