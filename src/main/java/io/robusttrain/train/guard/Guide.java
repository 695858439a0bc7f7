package io.robusttrain.train.guard;

import io.robusttrain.config.AttackConfig;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.ReplicaWorker;

/**
 * Decides by probes whether the next steps of training attack with more gradient steps, and tells
 * the workers. What it decides follows from its last answer and the gap alone, and the same gap
 * twice changes nothing: a pause that is done again decides what it decided. Used by the driver's
 * thread while the engine rests.
 */
public final class Guide {
  private final TrainingEngine<ReplicaWorker> engine;
  private final AttackConfig.Guided settings;
  private boolean reinforced;

  /** The step after which the last answer was given; none of this leg: -1. */
  private long changedAfter = -1;

  public Guide(TrainingEngine<ReplicaWorker> engine, RunPlan plan) {
    this.engine = engine;
    this.settings = plan.config().attack().guided();
  }

  /** Whether the configuration has a guide. */
  public boolean isOn() {
    return settings.steps().isSet();
  }

  /** Begins, or goes on where a checkpoint was written. */
  public void begin(boolean wasReinforced) {
    reinforced = isOn() && wasReinforced;
    changedAfter = -1;
    if (isOn()) {
      tell();
    }
  }

  /** Whether the next steps attack with more steps. */
  public boolean reinforced() {
    return reinforced;
  }

  /**
   * The answer before the probe that follows a step: whoever does the pause behind that step again
   * begins with it, and finds what the probe changes.
   */
  public boolean reinforcedBeforeProbe(long step) {
    return reinforced != (step == changedAfter);
  }

  /** Whether training attacks with more steps because of what a probe measured. */
  public boolean answers(Probe.Result result) {
    return isOn() && !reinforced && next(settings, false, result.gap());
  }

  /**
   * Takes what a probe measured after a step.
   *
   * @return whether the attack of the next steps is another one than that of the last
   */
  public boolean changesAfter(long step, Probe.Result result) {
    boolean next = next(settings, reinforced, result.gap());
    if (next == reinforced) {
      return false;
    }
    reinforced = next;
    changedAfter = step;
    tell();
    return true;
  }

  /** The rule: beyond {@code open} there are more steps, until the gap is at most {@code close}. */
  static boolean next(AttackConfig.Guided settings, boolean reinforced, double gap) {
    return gap > (reinforced ? settings.close() : settings.open());
  }

  private void tell() {
    boolean now = reinforced;
    engine.onEveryWorker(
        (worker, place) -> {
          worker.reinforce(now);
          return now;
        });
  }
}
