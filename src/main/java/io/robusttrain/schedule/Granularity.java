package io.robusttrain.schedule;

/** When a scheduled value changes. */
public enum Granularity {
  /** At the start of an epoch; the value is constant within it, as in the published runs. */
  EPOCH {
    @Override
    double position(double epochPosition) {
      return Math.floor(epochPosition);
    }
  },
  /** At every step, by the fraction of the epoch that is done. */
  STEP {
    @Override
    double position(double epochPosition) {
      return epochPosition;
    }
  };

  /** The position at which the schedule is evaluated. */
  abstract double position(double epochPosition);

  static double checked(double epochPosition) {
    if (!(epochPosition >= 0)) {
      throw new IllegalArgumentException(
          "an epoch position is a number from 0 on, not " + epochPosition);
    }
    return epochPosition;
  }
}
