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
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Attacks a few images once more and keeps what they look like: the attack starts where that of the
 * search has started.
 *
 * @param block number of the block in the stage
 * @param images that are attacked
 * @param descent what is done
 * @param seed of the starts
 */
record PictureTask(int block, ImageBlock images, MeasuredDescent descent, long seed)
    implements BlockTask {
  static final String STAGE = "pictures";

  private static final long serialVersionUID = 1L;

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
    return model.compute(classifier -> attack(job, classifier, bytes));
  }

  private ObjectNode attack(EvaluationJob job, Classifier classifier, byte[] bytes) {
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
              NoiseSource.startPerSample(
                  descent.descent().threat().norm(), DescentTask.starts(seed), images.ids()));
      outcome.set("ids", Json.node(images.ids()));
      outcome.set("labels", Json.node(images.labels()));
      outcome.put("side", job.side());
      answer(victim.logits(clean), "before", outcome);
      answer(measured.logits(), "after", outcome);
      Picture.put(outcome, "clean", Tensors.toArray(clean));
      Picture.put(outcome, "adversarial", Tensors.toArray(measured.pixels().tensor()));
    }
    BlockTask.putCost(outcome, victim, begin);
    return outcome;
  }

  /** The most probable class of each image, and how probable it is. */
  private static void answer(Tensor logits, String when, ObjectNode outcome) {
    outcome.set("prediction_" + when, Json.node(CleanTask.classes(logits)));
    outcome.set(
        "confidence_" + when, Json.node(Tensors.toDoubles(logits.softmax(1).max(1).get0())));
  }
}
