package io.robusttrain.train.plan;

import java.util.List;

/**
 * What a run goes through: the epochs and steps of its stages, and what they compute. Steps and
 * epochs are those of the run, counted from 0.
 *
 * @param spans of the stages in their order, at least one
 * @param totalSteps of the run, which may end before its last stage does
 */
public record Course(List<Span> spans, long totalSteps) {
  /**
   * One stage.
   *
   * @param firstEpoch its first epoch
   * @param firstStep its first step
   * @param stepsPerEpoch at least 1
   * @param epochMacs multiply-adds of each of its epochs
   */
  public record Span(int firstEpoch, long firstStep, int stepsPerEpoch, List<Double> epochMacs) {
    public Span {
      epochMacs = List.copyOf(epochMacs);
    }

    /** The epoch behind the last one. */
    public int endEpoch() {
      return firstEpoch + epochMacs.size();
    }

    /** The step behind the last one. */
    public long endStep() {
      return step(endEpoch());
    }

    /** The first step of an epoch. */
    private long step(int epoch) {
      return firstStep + (long) (epoch - firstEpoch) * stepsPerEpoch;
    }

    /** Multiply-adds of the steps before one; of an epoch under way in proportion to its steps. */
    private double macsBefore(long step) {
      double macs = 0;
      for (int i = 0; i < epochMacs.size() && step > step(firstEpoch + i); i++) {
        long done = Math.min(stepsPerEpoch, step - step(firstEpoch + i));
        macs += epochMacs.get(i) * done / stepsPerEpoch;
      }
      return macs;
    }
  }

  public Course {
    spans = List.copyOf(spans);
  }

  /** The first step of an epoch; of the epoch behind the last one, where it would be. */
  public long step(int epoch) {
    Span span = spans.get(0);
    for (Span next : spans) {
      span = epoch >= next.firstEpoch() ? next : span;
    }
    return span.step(epoch);
  }

  /** The epoch of a step. */
  public int epoch(long step) {
    Span span = spans.get(spanOf(step));
    return Math.toIntExact(span.firstEpoch() + (step - span.firstStep()) / span.stepsPerEpoch());
  }

  /** The index of the stage that a step belongs to; behind the last one, that one. */
  public int spanOf(long step) {
    int index = 0;
    while (index + 1 < spans.size() && step >= spans.get(index + 1).firstStep()) {
      index++;
    }
    return index;
  }

  /** Epochs that the run begins. */
  public int begunEpochs() {
    return epoch(totalSteps - 1) + 1;
  }

  /**
   * Multiply-adds of convolutions and matrix products in the first steps of the run, forward and
   * backward, of the attack and of training; validation, probes and predictions that nothing is
   * differentiated by are not counted.
   */
  public double macs(long steps) {
    return spans.stream().mapToDouble(span -> span.macsBefore(steps)).sum();
  }

  /** The part of the run's multiply-adds that a stage has. */
  public double share(int index) {
    Span span = spans.get(index);
    long end = Math.min(totalSteps, span.endStep());
    long begin = Math.min(totalSteps, span.firstStep());
    return (macs(end) - macs(begin)) / macs(totalSteps);
  }
}
