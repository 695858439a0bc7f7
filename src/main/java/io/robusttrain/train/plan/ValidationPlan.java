package io.robusttrain.train.plan;

import io.robusttrain.data.load.EvalLoader;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.objective.Evaluation;
import io.robusttrain.train.worker.ImageSource;
import java.io.Serializable;
import java.util.stream.IntStream;

/**
 * How a split is validated. The split is cut into units of consecutive samples that do not depend
 * on the number of workers, so the same weights give the same logits wherever a unit is computed.
 *
 * @param evaluation the attack at full epsilon
 * @param images where the split is
 * @param preprocessing of the model's input
 * @param unitSize samples of a unit: the batch of a forward
 * @param seed the key of the random starts, one stream a sample
 */
public record ValidationPlan(
    Evaluation evaluation, ImageSource images, Preprocessing preprocessing, int unitSize, long seed)
    implements Serializable {
  /**
   * The units that a worker evaluates: equal, consecutive shares, so that a row group is read by
   * one worker, or by neighbours where it lies across their border.
   */
  public int[] units(WorkerPlace place) {
    long all = EvalLoader.unitCount(images.validation(), unitSize);
    return IntStream.range(
            (int) (all * place.index() / place.workers()),
            (int) (all * (place.index() + 1) / place.workers()))
        .toArray();
  }
}
