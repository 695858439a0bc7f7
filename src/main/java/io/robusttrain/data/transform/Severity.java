package io.robusttrain.data.transform;

/** How the effect of an operation follows from its magnitude. */
public enum Severity {
  /**
   * As in the first implementations: posterize and solarize weaken, enhancements go from dark on.
   */
  PLAIN,
  /** timm's {@code inc1}: every operation grows with the magnitude. */
  INCREASING
}
