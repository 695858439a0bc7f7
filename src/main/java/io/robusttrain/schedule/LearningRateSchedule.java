package io.robusttrain.schedule;

import java.io.Serializable;

/**
 * Learning rate by epoch. Immutable, pure and thread-safe. Epochs are counted as timm counts them;
 * the warm-up is part of the epochs of the run.
 */
public sealed interface LearningRateSchedule extends Serializable {
  /**
   * The rate at a position of the run.
   *
   * @param epochPosition epochs done, from 0 on; the fraction is the part of the current epoch that
   *     is done
   * @throws IllegalArgumentException for a negative position or NaN
   */
  double value(double epochPosition);

  /** The peak rate, from which the curve starts. */
  double peak();

  /**
   * Linear rise at the start: epoch t is trained at lr + t * (peak - lr) / epochs.
   *
   * @param epochs length, 0 for none
   * @param lr rate of epoch 0
   */
  record WarmUp(double epochs, double lr) implements Serializable {
    public WarmUp {
      requireRate("warm-up rate", lr);
      if (!(epochs >= 0)) {
        throw new IllegalArgumentException("a warm-up has at least 0 epochs, not " + epochs);
      }
    }

    private double value(double epoch, double peak) {
      return lr + epoch * ((peak - lr) / epochs);
    }
  }

  /**
   * Half a cosine wave from {@code peak} to {@code min} over {@code epochs}, then {@code min} for
   * as long as the run cools down.
   *
   * @param peak rate at the start of the wave
   * @param min rate at its end
   * @param epochs length of the wave, above 0
   * @param warmUp rise at the start
   * @param granularity when the rate changes
   */
  record Cosine(double peak, double min, double epochs, WarmUp warmUp, Granularity granularity)
      implements LearningRateSchedule {
    public Cosine {
      requireRate("peak rate", peak);
      requireRate("minimal rate", min);
      requirePositive("length of the cosine", epochs);
    }

    @Override
    public double value(double epochPosition) {
      double epoch = granularity.position(Granularity.checked(epochPosition));
      if (epoch < warmUp.epochs) {
        return warmUp.value(epoch, peak);
      }
      return epoch < epochs
          ? min + 0.5 * (peak - min) * (1 + Math.cos(Math.PI * epoch / epochs))
          : min;
    }
  }

  /**
   * {@code peak * decayRate^floor((t - warm-up) / decayEpochs)}: unlike the cosine, the step
   * schedule counts its epochs from the end of the warm-up, as timm does.
   *
   * @param peak rate until the first decay
   * @param decayEpochs epochs between two decays, above 0
   * @param decayRate factor of a decay, (0,1]
   * @param warmUp rise at the start
   * @param granularity when the rate changes
   */
  record StepDecay(
      double peak, double decayEpochs, double decayRate, WarmUp warmUp, Granularity granularity)
      implements LearningRateSchedule {
    public StepDecay {
      requireRate("peak rate", peak);
      requirePositive("epochs between two decays", decayEpochs);
      requirePositive("decay rate", decayRate);
    }

    @Override
    public double value(double epochPosition) {
      double epoch = granularity.position(Granularity.checked(epochPosition));
      if (epoch < warmUp.epochs) {
        return warmUp.value(epoch, peak);
      }
      return peak * Math.pow(decayRate, Math.floor((epoch - warmUp.epochs) / decayEpochs));
    }
  }

  /**
   * The peak rate after the warm-up.
   *
   * @param peak the rate
   * @param warmUp rise at the start
   * @param granularity when the rate changes
   */
  record Constant(double peak, WarmUp warmUp, Granularity granularity)
      implements LearningRateSchedule {
    public Constant {
      requireRate("rate", peak);
    }

    @Override
    public double value(double epochPosition) {
      double epoch = granularity.position(Granularity.checked(epochPosition));
      return epoch < warmUp.epochs ? warmUp.value(epoch, peak) : peak;
    }
  }

  /**
   * Another schedule that begins later in the run.
   *
   * @param epochs done before, at least 0; positions before them have no rate
   * @param schedule whose epochs are counted from there
   */
  record After(double epochs, LearningRateSchedule schedule) implements LearningRateSchedule {
    @Override
    public double value(double epochPosition) {
      return schedule.value(epochPosition - epochs);
    }

    @Override
    public double peak() {
      return schedule.peak();
    }
  }

  private static void requireRate(String what, double rate) {
    if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(what + " must be a number from 0 on, not " + rate);
    }
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(what + " must be above 0, not " + value);
    }
  }
}
