package io.robusttrain.train.recovery;

import io.robusttrain.base.Figures;
import io.robusttrain.report.Alarm;
import java.util.Map;

/**
 * Something from outside that ended an attempt, and what became of it.
 *
 * @param kind for the alarm
 * @param what happened, for people
 * @param completedSteps of the run when it happened
 * @param nanos when it was noticed, of {@link System#nanoTime}
 */
public record Incident(Alarm.Kind kind, String what, long completedSteps, long nanos) {
  /** Whether the run goes on with more executors, and nothing was lost. */
  public boolean grows() {
    return kind == Alarm.Kind.EXECUTORS_JOINED;
  }

  /**
   * The alarm when the run goes on.
   *
   * @param from what it goes on from, such as the name of a checkpoint
   * @param firstStep the step that it goes on with
   * @param epoch of the last step that was done, counted from 0
   * @param workers that train now
   * @param now of {@link System#nanoTime}
   */
  public Alarm recovered(String from, long firstStep, int epoch, int workers, long now) {
    long lost = Math.max(0, completedSteps - firstStep);
    double seconds = (now - nanos) / 1e9;
    return new Alarm(
        Math.max(0, completedSteps - 1),
        epoch,
        kind,
        Alarm.Response.RECOVERED,
        "%s; after step %d the run went back to %s, %s, and trained again after %.1f s on %s"
            .formatted(
                what,
                completedSteps,
                from,
                Figures.counted(lost, "step"),
                seconds,
                Figures.counted(workers, "executor")),
        Map.of(
            "steps_lost", (double) lost,
            "seconds", seconds,
            "workers", (double) workers,
            "resumed_at", (double) firstStep));
  }
}
