package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.run.BlockTask;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.evaluate.run.ImageBlock;
import io.robusttrain.evaluate.run.ModelAccess;
import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * What a representation keeps of photographs: noise, moved until its representation is near that of
 * the photograph (Mahendran and Vedaldi, 2015; Engstrom et al., 2019).
 *
 * @param block number of the block in the stage
 * @param images that are inverted
 * @param descent from anywhere to anywhere in the box, in L2
 * @param seed of the noise
 */
record InversionTask(int block, ImageBlock images, ProjectedGradientDescent descent, long seed)
    implements BlockTask {
  static final String STAGE = "inversion";

  private static final long serialVersionUID = 1L;
  private static final double TINY = 1e-10;

  @Override
  public String file() {
    return BlockTask.file(STAGE, block);
  }

  @Override
  public long[] ids() {
    return images.ids();
  }

  @Override
  public ObjectNode run(EvaluationJob job, ModelAccess model) throws IOException {
    byte[] bytes = images.read(job);
    return model.compute(
        representation -> {
          try (PointerScope scope = new PointerScope()) {
            return invert(representation, images.pixels(job, bytes)).put("side", job.side());
          }
        });
  }

  /**
   * Inverts.
   *
   * @param representation gives (B, D) for pixels (B, 3, S, S)
   * @param photographs float32 (B, 3, S, S) in [0,1]
   */
  ObjectNode invert(Classifier representation, Tensor photographs) {
    long begin = System.nanoTime();
    Victim victim = new Victim(representation);
    ObjectNode outcome = Json.object();
    try (PointerScope scope = new PointerScope()) {
      Tensor wanted = victim.logits(photographs);
      Tensor noise = FeatureTask.noise(SeedKey.of(seed).with(STAGE), photographs, images.ids());
      Pixels moved =
          descent.climbFrom(
              origin -> origin,
              pixels -> distances(victim.forward(pixels), wanted).sum().neg(),
              Pixels.of(noise),
              descent.threat().epsilon(),
              MeasuredDescent::requireFinite);
      victim.countBackward((long) descent.steps() * images.size());
      outcome.set("ids", Json.node(images.ids()));
      outcome.set("labels", Json.node(images.labels()));
      outcome.set("before", Json.node(distance(victim, noise, wanted)));
      outcome.set("after", Json.node(distance(victim, moved.tensor(), wanted)));
      Picture.put(outcome, "photograph", Tensors.toArray(photographs));
      Picture.put(outcome, "inverted", Tensors.toArray(moved.tensor()));
    }
    BlockTask.putCost(outcome, victim, begin);
    return outcome;
  }

  private static double[] distance(Victim victim, Tensor pixels, Tensor wanted) {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.toDoubles(distances(victim.logits(pixels), wanted));
    }
  }

  /** Of each image, the distance of two representations by the length of the second one. */
  private static Tensor distances(Tensor found, Tensor wanted) {
    Tensor length = wanted.square().sum(1).sqrt().add(new Scalar(TINY));
    return found.sub(wanted).square().sum(1).add(new Scalar(TINY)).sqrt().div(length);
  }
}
