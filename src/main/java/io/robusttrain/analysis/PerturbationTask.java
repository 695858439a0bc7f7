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
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Attacks a block and writes each image's perturbation as a PNG file of its own: {@code ((x -
 * x_adv) + eps) / (2 eps)}, as the paper's code has it.
 *
 * @param attack name of the attack
 * @param block number of the block in the stage
 * @param images that are attacked
 * @param descent what is done, in Linf
 * @param seed of the starts
 */
record PerturbationTask(
    String attack, int block, ImageBlock images, MeasuredDescent descent, long seed)
    implements BlockTask {
  private static final long serialVersionUID = 1L;

  @Override
  public String file() {
    return BlockTask.file(attack, block);
  }

  /** Where the PNG file of an image is. */
  static String png(String attack, long id) {
    return "perturbations/%s/%08d.png".formatted(attack, id);
  }

  @Override
  public long[] ids() {
    return images.ids();
  }

  @Override
  public ObjectNode run(EvaluationJob job, ModelAccess model) throws IOException {
    byte[] bytes = images.read(job);
    float[][] found = new float[images.size()][];
    ObjectNode outcome = model.compute(classifier -> attack(job, classifier, bytes, found));
    int[] lengths = new int[found.length];
    for (int i = 0; i < lengths.length; i++) {
      byte[] png = new Picture(found[i], job.side()).png();
      job.folder().write(png(attack, images.ids()[i]), png);
      lengths[i] = png.length;
    }
    outcome.set("lengths", Json.node(lengths));
    return outcome;
  }

  private ObjectNode attack(
      EvaluationJob job, Classifier classifier, byte[] bytes, float[][] found) {
    long begin = System.nanoTime();
    Victim victim = new Victim(classifier);
    ObjectNode outcome = Json.object();
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = images.pixels(job, bytes);
      Measured measured =
          descent.on(
              victim,
              Pixels.of(clean),
              images.classes(job),
              NoiseSource.perSample(DescentTask.starts(seed), images.ids()));
      outcome.set("ids", Json.node(images.ids()));
      outcome.set("labels", Json.node(images.labels()));
      outcome.set("predictions", Json.node(CleanTask.classes(measured.logits())));
      float[] before = Tensors.toArray(clean);
      float[] after = Tensors.toArray(measured.pixels().tensor());
      int size = before.length / images.size();
      for (int i = 0; i < found.length; i++) {
        Picture image =
            new Picture(Arrays.copyOfRange(before, i * size, (i + 1) * size), job.side());
        Picture moved =
            new Picture(Arrays.copyOfRange(after, i * size, (i + 1) * size), job.side());
        double epsilon = descent.descent().threat().epsilon();
        found[i] = image.difference(moved, 1 / (2 * epsilon)).values();
      }
    }
    BlockTask.putCost(outcome, victim, begin);
    return outcome;
  }
}
