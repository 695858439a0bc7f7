package io.robusttrain.config;

import io.robusttrain.config.value.ChangesNoResult;
import io.robusttrain.config.value.ChangesNoResult.Of;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import java.io.Serializable;
import java.util.List;

/**
 * Group {@code train}: length and batch of the run.
 *
 * @param epochs epochs without the cool-down, at least 1
 * @param globalBatch images of one optimiser update over all executors
 * @param microBatch images of one forward and backward pass; divides {@code globalBatch}
 * @param maxSteps updates after which the run stops; open: after the last epoch
 * @param keepEpochs epochs after which the trained weights are kept for good, the first being 1;
 *     open: none
 */
public record TrainConfig(
    @Unit(Unit.Kind.EPOCHS) int epochs,
    int globalBatch,
    int microBatch,
    @ChangesNoResult(Of.STEP) Setting<Long> maxSteps,
    @ChangesNoResult Setting<List<Integer>> keepEpochs)
    implements Serializable {
  /** The largest global batch. */
  public static final int MOST_IMAGES = 10_000_000;

  /** Micro-batches of one optimiser update. */
  public int microBatchesPerStep() {
    return globalBatch / microBatch;
  }

  static TrainConfig from(Section section) {
    return new TrainConfig(
        section.get("epochs", Parsers.epochs(1)),
        section.get("global-batch", Parsers.count(1, MOST_IMAGES)),
        section.get("micro-batch", Parsers.count(1, 1_000_000)),
        section.setting("max-steps", Parsers.whole(1, Long.MAX_VALUE)),
        section.setting("keep-epochs", Parsers.list(Parsers.epochs(1))));
  }

  void check(Reading reading) {
    reading.demand(
        globalBatch % microBatch == 0,
        "%d is no multiple of the micro-batch %d".formatted(globalBatch, microBatch),
        "train.global-batch",
        "train.micro-batch");
  }
}
