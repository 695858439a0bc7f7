package io.robusttrain.engine;

import java.io.Serializable;
import java.util.List;

/**
 * One worker's account of the steps since its last report.
 *
 * @param step the step computed last, or -1
 * @param samples samples computed
 * @param correct adversarial samples classified correctly
 * @param attackSeconds wall seconds of the slowest replica in the attack
 * @param trainSeconds wall seconds of the slowest replica in forward and backward
 * @param loadSeconds wall seconds that the worker waited for data and made tensors of it
 * @param updateSeconds wall seconds in the optimiser, of the last update before this report
 * @param squaredGradientNorm of the last update before this report; NaN if there was none
 * @param updatedStep the step of that update, or -1
 * @param residentBytes the resident memory of the worker's process
 * @param liveHandles native objects alive in the worker's process
 * @param faults what was not finite in the step computed last
 * @param badSamples samples of that step that others stand in for
 */
public record WorkerReport(
    long step,
    long samples,
    long correct,
    double attackSeconds,
    double trainSeconds,
    double loadSeconds,
    double updateSeconds,
    double squaredGradientNorm,
    long updatedStep,
    long residentBytes,
    long liveHandles,
    List<StepFault> faults,
    List<SampleFault> badSamples)
    implements Serializable {
  public WorkerReport {
    faults = List.copyOf(faults);
    badSamples = List.copyOf(badSamples);
  }
}
