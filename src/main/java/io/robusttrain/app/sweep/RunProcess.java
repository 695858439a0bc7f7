package io.robusttrain.app.sweep;

import java.io.IOException;
import java.util.List;

/** Runs {@code RobustTrain} with other arguments, to its end. */
@FunctionalInterface
public interface RunProcess {
  /**
   * Runs {@code RobustTrain} and waits for its end.
   *
   * @param arguments of {@code RobustTrain}
   * @return its exit code
   * @throws IOException if it cannot be started
   */
  int run(List<String> arguments) throws IOException, InterruptedException;
}
