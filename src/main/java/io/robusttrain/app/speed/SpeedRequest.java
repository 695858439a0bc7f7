package io.robusttrain.app.speed;

import io.robusttrain.model.Architecture;
import io.robusttrain.train.worker.StepArithmetic;
import java.util.Optional;

/**
 * What a command line asks to be timed.
 *
 * @param mode with or without Spark
 * @param overlap whether collectives exchange while gradients are computed
 * @param architecture the model
 * @param batch images of a step over all executors
 * @param microBatch the most that a replica computes at once; its share if empty
 * @param executors as many as spark-submit asked for if empty
 * @param replicas of an executor
 * @param threads of a replica; if empty its share of an executor's cores
 * @param warmUp steps before the clock starts
 * @param steps that are timed
 * @param arithmetic where steps are computed, and how exactly
 * @param matrixSeconds how long matrix products are timed before the steps, and again after them
 */
public record SpeedRequest(
    Mode mode,
    boolean overlap,
    Architecture architecture,
    int batch,
    Optional<Integer> microBatch,
    Optional<Integer> executors,
    int replicas,
    Optional<Integer> threads,
    int warmUp,
    int steps,
    StepArithmetic arithmetic,
    double matrixSeconds) {
  /** Where the steps run. */
  public enum Mode {
    /** In this process, without Spark. */
    LOCAL,
    /** Through BigDL on the cluster that spark-submit names. */
    DISTRIBUTED,
    /** Through collectives on the cluster that spark-submit names. */
    COLLECTIVE
  }
}
