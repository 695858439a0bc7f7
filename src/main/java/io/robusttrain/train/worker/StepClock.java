package io.robusttrain.train.worker;

import io.robusttrain.schedule.EpsilonSchedule;
import io.robusttrain.schedule.LearningRateSchedule;
import java.io.Serializable;

/**
 * What follows from a step's number alone: its epoch, radius and learning rate.
 *
 * @param stepsPerEpoch at least 1
 * @param epsilon the training radius by epoch
 * @param learningRate the rate by epoch
 */
public record StepClock(
    int stepsPerEpoch, EpsilonSchedule epsilon, LearningRateSchedule learningRate)
    implements Serializable {
  public int epoch(long step) {
    return Math.toIntExact(step / stepsPerEpoch);
  }

  public int stepInEpoch(long step) {
    return Math.toIntExact(step % stepsPerEpoch);
  }

  public double radius(long step) {
    return epsilon.radius(position(step));
  }

  public double rate(long step) {
    return learningRate.value(position(step));
  }

  private double position(long step) {
    return epoch(step) + (double) stepInEpoch(step) / stepsPerEpoch;
  }
}
