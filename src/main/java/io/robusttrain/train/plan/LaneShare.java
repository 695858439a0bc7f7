package io.robusttrain.train.plan;

import io.robusttrain.config.ExtraDataConfig;
import io.robusttrain.config.TrainConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * The micro-batches of a step, which replicas must be able to share equally, and what would let
 * them. Immutable.
 *
 * @param train the batches
 * @param extra whose share of a micro-batch is a whole number of samples
 * @param executors of the run
 * @param replicasEach of each executor
 */
record LaneShare(TrainConfig train, ExtraDataConfig extra, int executors, int replicasEach) {
  /** Whether every replica gets as many micro-batches as any other, and at least one. */
  boolean isEqual() {
    return train.microBatchesPerStep() % replicas() == 0;
  }

  /** What is wrong if the share is not equal, and every single setting that would mend it. */
  String problem() {
    List<String> remedies = new ArrayList<>();
    fittingMicroBatch()
        .ifPresent(
            size ->
                remedies.add(
                    "train.micro-batch=%d, which keeps the batch of an update".formatted(size)));
    fittingGlobalBatch().ifPresent(size -> remedies.add("train.global-batch=" + size));
    fittingExecutors().ifPresent(count -> remedies.add("distribution.executors=" + count));
    if (replicasEach > 1 && train.microBatchesPerStep() % executors == 0) {
      remedies.add("distribution.replicas=auto");
    }
    return "%d in micro-batches of %d gives %d of them, which %d replicas cannot share equally: %s"
        .formatted(
            train.globalBatch(),
            train.microBatch(),
            train.microBatchesPerStep(),
            replicas(),
            remedies.isEmpty() ? "use fewer replicas" : "set " + String.join(", or ", remedies));
  }

  /** The largest smaller micro-batch with which the share is equal. */
  OptionalInt fittingMicroBatch() {
    return IntStream.iterate(train.microBatch() - 1, size -> size > 0, size -> size - 1)
        .filter(size -> train.globalBatch() % ((long) size * replicas()) == 0)
        .filter(extra::dividesEvenly)
        .findFirst();
  }

  /** The next larger global batch with which the share is equal, if the configuration admits it. */
  OptionalLong fittingGlobalBatch() {
    long round = (long) train.microBatch() * replicas();
    long size = (train.globalBatch() + round - 1) / round * round;
    return size <= TrainConfig.MOST_IMAGES ? OptionalLong.of(size) : OptionalLong.empty();
  }

  /** The most of the executors with which the share is equal. */
  OptionalInt fittingExecutors() {
    return IntStream.iterate(executors - 1, count -> count > 0, count -> count - 1)
        .filter(count -> train.microBatchesPerStep() % ((long) count * replicasEach) == 0)
        .findFirst();
  }

  private int replicas() {
    return executors * replicasEach;
  }
}
