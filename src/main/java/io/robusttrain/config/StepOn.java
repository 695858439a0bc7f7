package io.robusttrain.config;

/** When a scheduled value changes. */
public enum StepOn {
  /** At the start of an epoch; constant within it. */
  EPOCH,
  /** At every step, by the fraction of the epoch that is done. */
  STEP
}
