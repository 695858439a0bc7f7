package io.robusttrain.train.recovery;

import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.WorkerFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Decides whether another attempt is worth it. Losses from outside are, until several attempts in a
 * row got no further than the run had been; a failure of what is computed is tried once more, in
 * case a broken machine was the reason, and not again when it comes back at the same step; wrong
 * data and wrong configurations are not tried again. A run that grows has not failed. Not
 * thread-safe.
 */
final class AttemptPolicy {
  /** Types whose cause lies in what the user gave; on executors Spark makes text of exceptions. */
  private static final Set<String> FINAL_TYPES =
      Set.of("DataException", "ConfigException", "GuardException", "CheckpointException");

  private static final int LONGEST_CHAIN = 50;

  private final int maxAttempts;
  private final List<RuntimeException> failures = new ArrayList<>();
  private Progress furthest = new Progress(-1, 0);
  private long failedStep = Long.MIN_VALUE;

  AttemptPolicy(int maxAttempts) {
    this.maxAttempts = maxAttempts;
  }

  /**
   * Takes note of a failure.
   *
   * @param failure that ended an attempt
   * @param reached how far the run had come by then
   * @return whether the run may go on
   */
  boolean goesOnAfter(RuntimeException failure, Progress reached) {
    if (grows(failure)) {
      return true;
    }
    if (reached.compareTo(furthest) > 0) {
      furthest = reached;
      failures.clear();
    }
    failures.add(failure);
    if (fruitless() > maxAttempts) {
      return false;
    }
    boolean outage = failure instanceof EngineOutage && !speaksOf(failure, "OutOfMemoryError");
    if (outage) {
      return true;
    }
    boolean again = failedStep == reached.completedSteps();
    failedStep = reached.completedSteps();
    return !again && !isFinal(failure);
  }

  /** Whether a failure says itself why the run ends, whatever disturbed the run before. */
  static boolean isFinal(RuntimeException failure) {
    return !(failure instanceof EngineOutage)
        && (!(failure instanceof WorkerFailure)
            || FINAL_TYPES.stream().anyMatch(type -> speaksOf(failure, type)));
  }

  /** Whether an engine ended because the run goes on with more executors. */
  static boolean grows(RuntimeException failure) {
    return failure instanceof EngineOutage outage && outage.kind() == EngineOutage.Kind.GROWTH;
  }

  /** Attempts since the run last got further. */
  int fruitless() {
    return failures.size();
  }

  /** The failures since the run last got further, the first one first. */
  List<RuntimeException> failures() {
    return List.copyOf(failures);
  }

  private static boolean speaksOf(Throwable failure, String type) {
    Throwable link = failure;
    for (int i = 0; link != null && i < LONGEST_CHAIN; i++) {
      if (link.toString().contains(type)) {
        return true;
      }
      link = link.getCause();
    }
    return false;
  }
}
