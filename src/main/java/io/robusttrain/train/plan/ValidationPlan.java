package io.robusttrain.train.plan;

import io.robusttrain.data.load.EvalLoader;
import io.robusttrain.engine.WorkerPlace;
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
 * @param unitSize samples of a unit: the batch of a forward
 * @param seed the key of the random starts, one stream a sample
 */
public record ValidationPlan(Evaluation evaluation, ImageSource images, int unitSize, long seed)
    implements Serializable {
  /** The units that one replica of a worker evaluates: dealt out in turn. */
  public int[] units(WorkerPlace place, int replica) {
    int first = place.index() * place.replicas() + replica;
    return IntStream.range(0, EvalLoader.unitCount(images.validation(), unitSize))
        .filter(unit -> unit % place.totalReplicas() == first)
        .toArray();
  }
}
