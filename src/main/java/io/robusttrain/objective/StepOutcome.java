package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;

/**
 * The result of one micro-batch.
 *
 * @param meanLoss the minimised loss, mean over the samples, before weighting
 * @param correct samples of the training forward (attacked ones if the objective attacks) whose
 *     label had the largest logit
 * @param samples the micro-batch's samples
 * @param attackNanos wall time of the attack
 * @param trainNanos wall time of forward and backward
 */
@Immutable
public record StepOutcome(
    double meanLoss, int correct, int samples, long attackNanos, long trainNanos) {}
