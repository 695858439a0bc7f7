package io.robusttrain.evaluate.run;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.evaluate.plan.Cut;
import io.robusttrain.model.Architecture;
import io.robusttrain.tensor.ComputeDevice;
import java.io.Serializable;

/**
 * What every task of an evaluation needs to know, shipped to executors once. Immutable.
 *
 * @param session of one driver; models are bound once for each session and task slot
 * @param fingerprint of the plan
 * @param architecture with the normalisation as its first layer
 * @param preprocessing of the images
 * @param images the split
 * @param folder where outcomes go
 * @param count of the chosen images
 * @param blocks into which they are cut
 * @param fullPass images up to which a pass costs hardly more than one of a single image
 * @param norm in which perturbations are measured
 * @param seed of all random draws
 * @param threads inside an operation
 * @param device where models compute
 */
public record EvaluationJob(
    String session,
    String fingerprint,
    Architecture architecture,
    EvalTransform preprocessing,
    ImageSet images,
    EvaluationFolder folder,
    int count,
    int blocks,
    int fullPass,
    Norm norm,
    long seed,
    int threads,
    ComputeDevice device)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  int side() {
    return preprocessing.size();
  }

  int imageBytes() {
    return 3 * side() * side();
  }

  ImageFiles imageFiles() {
    return new ImageFiles(folder, new Cut(count, blocks), imageBytes());
  }
}
