package io.robusttrain.engine;

/**
 * Lets each step of a worker be loaded, computed by each replica and applied once, by one and the
 * same attempt: a second copy of a task, whoever started it, would count a gradient twice.
 * Thread-safe.
 */
public final class StepGate {
  private final int replicas;
  private StepAttempt current = StepAttempt.NONE;
  private int computed;
  private boolean updated = true;

  /** Creates the gate of a worker that has {@code replicas} replicas. */
  public StepGate(int replicas) {
    this.replicas = replicas;
  }

  /**
   * Admits an attempt that is about to load the samples of a step.
   *
   * @throws IllegalStateException if another attempt has begun the step, or the step is past
   */
  public synchronized void load(StepAttempt attempt) {
    boolean later =
        attempt.leg() > current.leg()
            || (attempt.leg() == current.leg() && attempt.step() > current.step());
    if (!later) {
      throw refused(attempt, "loaded");
    }
    current = attempt;
    computed = 0;
    updated = false;
  }

  /**
   * Admits a replica that is about to compute its share of the step.
   *
   * @throws IllegalStateException if another attempt has begun the step, or all replicas computed
   */
  public synchronized void compute(StepAttempt attempt) {
    if (!attempt.equals(current) || computed == replicas) {
      throw refused(attempt, "computed");
    }
    computed++;
  }

  /**
   * Admits the task that is about to apply the step to the worker's slice.
   *
   * @throws IllegalStateException if it was not computed here, or is applied already
   */
  public synchronized void update(int leg, long step) {
    boolean computedHere =
        leg == current.leg() && step == current.step() && computed == replicas && !updated;
    if (!computedHere) {
      throw refused(new StepAttempt(leg, step, current.task()), "applied");
    }
    updated = true;
  }

  private IllegalStateException refused(StepAttempt attempt, String what) {
    return new IllegalStateException(
        "%s must not be %s after %s: its task ran twice".formatted(attempt, what, current));
  }
}
