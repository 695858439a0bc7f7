package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.run.BlockTask;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.evaluate.run.ModelAccess;
import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What one class looks like to the model: some images of uniform noise, each moved until the model
 * says the class.
 *
 * @param target index of the class, and number of the block in the stage
 * @param copies images, which begin at different noise
 * @param descent from anywhere to anywhere in the box
 * @param seed of the noise
 */
record FeatureTask(int target, int copies, ProjectedGradientDescent descent, long seed)
    implements BlockTask {
  static final String STAGE = "features";

  private static final long serialVersionUID = 1L;

  @Override
  public String file() {
    return BlockTask.file(STAGE, target);
  }

  /** Numbers of their own: these images are in no split. */
  @Override
  public long[] ids() {
    return LongStream.range(0, copies).map(copy -> (long) target * copies + copy).toArray();
  }

  @Override
  public ObjectNode run(EvaluationJob job, ModelAccess model) throws IOException {
    return model.compute(
        classifier -> show(classifier, job.side(), job.device()).put("side", job.side()));
  }

  /** The images, and how sure the model is of the class before and after. */
  ObjectNode show(Classifier classifier, int side, ComputeDevice device) {
    long begin = System.nanoTime();
    Victim victim = new Victim(classifier);
    ObjectNode outcome = Json.object();
    try (PointerScope scope = new PointerScope()) {
      Tensor noise =
          noise(
              SeedKey.of(seed).with("features"),
              Tensors.of(new float[3 * side * side], device, 1, 3, side, side),
              ids());
      int[] targets = new int[copies];
      Arrays.fill(targets, target);
      Tensor classes = Tensors.labels(targets, device);
      // The loss falls: a targeted attack.
      Pixels moved =
          descent.climbFrom(
              origin -> origin,
              pixels -> CrossEntropy.sum(victim.forward(pixels), classes).neg(),
              Pixels.of(noise),
              descent.threat().epsilon(),
              MeasuredDescent::requireFinite);
      victim.countBackward((long) descent.steps() * copies);
      outcome.set("ids", Json.node(ids()));
      outcome.set("before", Json.node(confidences(victim.logits(noise))));
      outcome.set("after", Json.node(confidences(victim.logits(moved.tensor()))));
      Picture.put(outcome, "pixels", Tensors.toArray(moved.tensor()));
    }
    BlockTask.putCost(outcome, victim, begin);
    return outcome;
  }

  /**
   * An image of uniform noise in [0,1] for each id, in the caller's {@code PointerScope}.
   *
   * @param like (any, 3, S, S): gives device and size
   */
  static Tensor noise(SeedKey key, Tensor like, long... ids) {
    ComputeDevice device = ComputeDevice.of(like);
    long side = like.size(2);
    return Tensors.scoped(
        () -> {
          TensorVector images = new TensorVector();
          for (long id : ids) {
            images.push_back(Tensors.uniform(key.with(id), 0, 1, device, 3, side, side));
          }
          return torch.stack(images);
        });
  }

  private double[] confidences(Tensor logits) {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.toDoubles(logits.softmax(1).select(1, target));
    }
  }
}
