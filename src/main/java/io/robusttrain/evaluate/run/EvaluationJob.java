package io.robusttrain.evaluate.run;

import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.evaluate.plan.Cut;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.model.Architecture;
import io.robusttrain.tensor.ComputeDevice;
import java.io.Serializable;
import java.util.UUID;

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
    int threads,
    ComputeDevice device)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * The job of a subject, in a session of its own.
   *
   * @param fingerprint of all that the outcomes depend on
   * @param folder where they go
   */
  public static EvaluationJob of(Subject subject, String fingerprint, EvaluationFolder folder) {
    Cut cut = subject.cut(subject.count());
    return new EvaluationJob(
        UUID.randomUUID().toString(),
        fingerprint,
        subject.model().architecture(),
        subject.preprocessing(),
        subject.images(),
        folder,
        cut.count(),
        cut.blocks(),
        subject.blocking().fullPass(),
        subject.threads(),
        subject.device());
  }

  /** The side S of an image in pixels. */
  public int side() {
    return preprocessing.size();
  }

  int imageBytes() {
    return 3 * side() * side();
  }

  ImageFiles imageFiles() {
    return new ImageFiles(folder, new Cut(count, blocks), imageBytes());
  }
}
