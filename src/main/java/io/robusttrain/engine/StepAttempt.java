package io.robusttrain.engine;

import java.io.Serializable;

/**
 * One task's attempt at a step.
 *
 * @param leg how often the engine had begun to run steps before; steps may come again in a later
 *     leg
 * @param step counted from 0 over the whole run
 * @param task the number of the attempt, different for all tasks of a process
 */
public record StepAttempt(int leg, long step, long task) implements Serializable {
  static final StepAttempt NONE = new StepAttempt(-1, -1, -1);

  @Override
  public String toString() {
    return "step %d (attempt %d)".formatted(step, task);
  }
}
