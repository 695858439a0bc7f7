package io.robusttrain.engine;

import java.util.List;

/**
 * What the driver knows of a finished step.
 *
 * @param step counted from 0 over the whole run
 * @param loss mean over the global batch
 * @param samples in the global batch
 * @param correct adversarial samples classified correctly, under the weights before the update
 * @param gradientNorm Euclidean norm over all parameters, before clipping
 * @param seconds wall seconds of the whole iteration
 * @param attackSeconds of the slowest worker
 * @param trainSeconds forward and backward, of the slowest worker
 * @param loadSeconds waiting for data, of the slowest worker
 * @param updateSeconds in the optimiser, of the slowest worker
 * @param residentBytes of the largest worker process
 * @param liveHandles native objects in the worker process that has most
 * @param faults what was not finite; if there is any, no worker applied the step
 * @param badSamples samples that others stand in for
 */
public record StepReport(
    long step,
    double loss,
    long samples,
    long correct,
    double gradientNorm,
    double seconds,
    double attackSeconds,
    double trainSeconds,
    double loadSeconds,
    double updateSeconds,
    long residentBytes,
    long liveHandles,
    List<StepFault> faults,
    List<SampleFault> badSamples) {
  public StepReport {
    faults = List.copyOf(faults);
    badSamples = List.copyOf(badSamples);
  }

  /** Wall seconds outside the workers' own work: exchange and scheduling. */
  public double exchangeSeconds() {
    return Math.max(0, seconds - attackSeconds - trainSeconds - loadSeconds - updateSeconds);
  }
}
