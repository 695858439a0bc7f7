package io.robusttrain.train.worker;

import io.robusttrain.schedule.EpsilonSchedule;
import io.robusttrain.schedule.LearningRateSchedule;
import java.io.Serializable;

/**
 * What follows from a step's number alone: its epoch, radius and learning rate. Steps and epochs
 * are those of the run, of which the clock knows one stage.
 *
 * @param start where the stage begins
 * @param stepsPerEpoch at least 1
 * @param epsilon the training radius by epoch
 * @param learningRate the rate by epoch
 */
public record StepClock(
    Start start, int stepsPerEpoch, EpsilonSchedule epsilon, LearningRateSchedule learningRate)
    implements Serializable {
  /**
   * Where a stage begins.
   *
   * @param epoch its first one
   * @param step its first one
   */
  public record Start(int epoch, long step) implements Serializable {
    /** The beginning of a run. */
    public static final Start OF_RUN = new Start(0, 0);
  }

  /** The clock of a run of one stage. */
  public StepClock(int stepsPerEpoch, EpsilonSchedule epsilon, LearningRateSchedule learningRate) {
    this(Start.OF_RUN, stepsPerEpoch, epsilon, learningRate);
  }

  /** The epoch of a step, be it one before the stage. */
  public int epoch(long step) {
    return Math.toIntExact(start.epoch() + Math.floorDiv(step - start.step(), stepsPerEpoch));
  }

  public int stepInEpoch(long step) {
    return Math.floorMod(step - start.step(), stepsPerEpoch);
  }

  /** The first step of an epoch. */
  public long firstStep(int epoch) {
    return start.step() + (long) (epoch - start.epoch()) * stepsPerEpoch;
  }

  /** Whether an epoch has just ended after so many steps of the run. */
  public boolean isBetweenEpochs(long completedSteps) {
    return stepInEpoch(completedSteps) == 0;
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
