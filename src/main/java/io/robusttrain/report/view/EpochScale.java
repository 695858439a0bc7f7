package io.robusttrain.report.view;

import io.robusttrain.report.StepMetrics;
import java.util.Map;
import java.util.TreeMap;

/** Where steps lie on an axis of epochs that are done. Their numbers may differ by stage. */
final class EpochScale {
  /** The fact that a run in stages tells of its first one. */
  private static final String STAGED = "stage_01";

  private final double perEpoch;
  private final TreeMap<Integer, Long> firstSteps = new TreeMap<>();

  private EpochScale(double perEpoch) {
    this.perEpoch = perEpoch;
  }

  /**
   * The scale of a run. Of a run in stages an epoch begins behind the last step that is kept of the
   * one before.
   */
  static EpochScale of(RunView run) {
    EpochScale scale = new EpochScale(run.stepsPerEpoch());
    if (run.provenance().containsKey(STAGED)) {
      for (StepMetrics step : run.metrics().steps()) {
        scale.firstSteps.merge(step.epoch(), step.step(), Math::min);
        scale.firstSteps.merge(step.epoch() + 1, step.step() + 1, Math::max);
      }
    }
    return scale;
  }

  /** Epochs that are done after a step: of the first step of a run a fraction of 1. */
  double after(int epoch, long step) {
    Long first = firstSteps.get(epoch);
    Map.Entry<Integer, Long> next = firstSteps.higherEntry(epoch);
    if (first == null || next == null || next.getValue() <= first) {
      return (step + 1) / perEpoch;
    }
    double done = (double) (step + 1 - first) / (next.getValue() - first);
    return epoch + Math.max(0, Math.min(1, done));
  }
}
