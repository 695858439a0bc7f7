package io.robusttrain.evaluate.plan;

/** Which images an attack works on. */
public enum Coverage {
  /** Those that the attacks before it left standing: the fastest way to the worst case. */
  SURVIVORS,
  /** All that are classified correctly: tells what each attack achieves alone. */
  ALL_CORRECT
}
