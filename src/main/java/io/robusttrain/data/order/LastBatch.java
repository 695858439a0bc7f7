package io.robusttrain.data.order;

/** What becomes of the samples that do not fill a global batch at the end of an epoch. */
public enum LastBatch {
  /** They form a smaller last step. */
  KEEP,
  /** They are left out of this epoch. */
  DROP
}
