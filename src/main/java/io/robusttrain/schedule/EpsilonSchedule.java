package io.robusttrain.schedule;

import java.io.Serializable;

/**
 * Radius of the training attack by epoch, in units of pixels in [0,1]. Immutable, pure and
 * thread-safe. Formulas are those of the published training code: the rise is divided by the
 * period, not by what the zero epochs leave of it, and the attack's step size does not follow the
 * schedule.
 */
public sealed interface EpsilonSchedule extends Serializable {
  /**
   * The radius at a position of the run.
   *
   * @param epochPosition epochs done, from 0 on; the fraction is the part of the current epoch that
   *     is done
   * @return a radius in [0, {@link #epsilon()}]
   * @throws IllegalArgumentException for a negative position or NaN
   */
  double radius(double epochPosition);

  /** The full radius. */
  double epsilon();

  /**
   * 0 in the zero epochs, then (e - zeroEpochs) / period * epsilon, and epsilon from epoch {@code
   * period} on.
   *
   * @param epsilon full radius, at least 0, pixels being in [0,1]
   * @param period first epoch of the full radius
   * @param zeroEpochs epochs of radius 0
   * @param granularity when the radius changes
   */
  record Linear(double epsilon, double period, double zeroEpochs, Granularity granularity)
      implements EpsilonSchedule {
    public Linear {
      check(epsilon, period, zeroEpochs);
    }

    @Override
    public double radius(double epochPosition) {
      double epoch = granularity.position(Granularity.checked(epochPosition));
      if (epoch < zeroEpochs) {
        return 0;
      }
      return epoch < period ? (epoch - zeroEpochs) / period * epsilon : epsilon;
    }
  }

  /**
   * As {@link Linear}, with the rise 0.5 * (1 + sin(pi * ((e - zeroEpochs) / period - 0.5))), flat
   * at both ends.
   *
   * @param epsilon full radius, at least 0, pixels being in [0,1]
   * @param period first epoch of the full radius
   * @param zeroEpochs epochs of radius 0
   * @param granularity when the radius changes
   */
  record Sine(double epsilon, double period, double zeroEpochs, Granularity granularity)
      implements EpsilonSchedule {
    public Sine {
      check(epsilon, period, zeroEpochs);
    }

    @Override
    public double radius(double epochPosition) {
      double epoch = granularity.position(Granularity.checked(epochPosition));
      if (epoch < zeroEpochs) {
        return 0;
      }
      double phase = Math.PI * ((epoch - zeroEpochs) / period - 0.5);
      return epoch < period ? 0.5 * epsilon * (1 + Math.sin(phase)) : epsilon;
    }
  }

  /**
   * 0 in the zero epochs, then the full radius.
   *
   * @param epsilon full radius, at least 0, pixels being in [0,1]
   * @param zeroEpochs epochs of radius 0
   * @param granularity when the radius changes
   */
  record Constant(double epsilon, double zeroEpochs, Granularity granularity)
      implements EpsilonSchedule {
    public Constant {
      check(epsilon, 0, zeroEpochs);
    }

    @Override
    public double radius(double epochPosition) {
      double epoch = granularity.position(Granularity.checked(epochPosition));
      return epoch < zeroEpochs ? 0 : epsilon;
    }
  }

  /**
   * Another schedule that begins later in the run.
   *
   * @param epochs done before, at least 0; positions before them have no radius
   * @param schedule whose epochs are counted from there
   */
  record After(double epochs, EpsilonSchedule schedule) implements EpsilonSchedule {
    @Override
    public double radius(double epochPosition) {
      return schedule.radius(epochPosition - epochs);
    }

    @Override
    public double epsilon() {
      return schedule.epsilon();
    }
  }

  private static void check(double epsilon, double period, double zeroEpochs) {
    if (!(epsilon >= 0 && epsilon <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "a radius is a finite number of at least 0, pixels being in [0,1], not " + epsilon);
    }
    if (!(period >= 0 && zeroEpochs >= 0)) {
      throw new IllegalArgumentException(
          "period and zero epochs are at least 0, not " + period + " and " + zeroEpochs);
    }
  }
}
