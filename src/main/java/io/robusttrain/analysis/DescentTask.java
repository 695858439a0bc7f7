package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.analysis.MeasuredDescent.Measured;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.Victim;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.run.BlockTask;
import io.robusttrain.evaluate.run.CleanTask;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.evaluate.run.ImageBlock;
import io.robusttrain.evaluate.run.ModelAccess;
import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * One measured descent on one block of images, correctly classified or not. The start depends on
 * the seed and the image alone, so that descents of different lengths begin at the same point.
 *
 * @param stage the stage's directory name
 * @param block number of the block in the stage
 * @param images that are attacked
 * @param descent what is done
 * @param seed of the starts
 */
record DescentTask(String stage, int block, ImageBlock images, MeasuredDescent descent, long seed)
    implements BlockTask {
  private static final long serialVersionUID = 1L;

  /** The key of the starts that belong to a seed. */
  static SeedKey starts(long seed) {
    return SeedKey.of(seed).with("analysis-start");
  }

  @Override
  public String file() {
    return BlockTask.file(stage, block);
  }

  @Override
  public long[] ids() {
    return images.ids();
  }

  @Override
  public boolean matches(ObjectNode outcome) {
    return BlockTask.super.matches(outcome) && outcome.path("seed").asLong(-1) == seed;
  }

  @Override
  public ObjectNode run(EvaluationJob job, ModelAccess model) throws IOException {
    byte[] bytes = images.read(job);
    return model.compute(classifier -> attack(job, classifier, bytes));
  }

  private ObjectNode attack(EvaluationJob job, Classifier classifier, byte[] bytes) {
    long begin = System.nanoTime();
    Victim victim = new Victim(classifier);
    ObjectNode outcome = Json.object();
    try (PointerScope scope = new PointerScope()) {
      Measured measured =
          descent.on(
              victim,
              Pixels.of(images.pixels(job, bytes)),
              images.classes(job),
              NoiseSource.startPerSample(
                  descent.descent().threat().norm(), starts(seed), images.ids()));
      outcome.set("ids", Json.node(images.ids()));
      outcome.put("seed", seed);
      outcome.set("losses", Json.node(measured.losses()));
      outcome.set("predictions", Json.node(CleanTask.classes(measured.logits())));
      outcome.set("margins", Json.node(margins(measured.logits())));
    }
    BlockTask.putCost(outcome, victim, begin);
    return outcome;
  }

  /** The probability of each image's class less that of the most probable other one. */
  private double[] margins(Tensor logits) {
    try (PointerScope scope = new PointerScope()) {
      Tensor probabilities = logits.softmax(1);
      double[] all = Tensors.toDoubles(probabilities);
      int classes = Math.toIntExact(probabilities.size(1));
      double[] margins = new double[images.size()];
      for (int image = 0; image < margins.length; image++) {
        double other = 0;
        for (int k = 0; k < classes; k++) {
          other = k == images.labels()[image] ? other : Math.max(other, all[image * classes + k]);
        }
        margins[image] = all[image * classes + images.labels()[image]] - other;
      }
      return margins;
    }
  }
}
