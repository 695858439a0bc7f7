package io.robusttrain.attack.apgd;

/** Whether APGD searches in the ball itself or comes from larger ones. */
public enum RadiusSchedule {
  /** All iterations at epsilon. */
  FIXED,
  /**
   * 30 % of the iterations at three times epsilon, 30 % at twice epsilon, the rest at epsilon, each
   * part from the best point of the one before; AutoAttack's choice in L1, where a start inside the
   * ball is hard to improve. Only the last part counts.
   */
  SHRINKING
}
