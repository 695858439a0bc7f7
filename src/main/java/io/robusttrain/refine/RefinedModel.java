package io.robusttrain.refine;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.model.Architecture;
import io.robusttrain.storage.Fence;
import io.robusttrain.train.resume.ModelTensors;
import java.io.IOException;

/** The model file that a refinement leaves in its output directory. */
final class RefinedModel {
  private RefinedModel() {}

  /**
   * Refuses a directory that holds a model already, of a run or of a checkpoint.
   *
   * @throws EvaluationException if there is one that this work did not write
   */
  static void requireOwn(EvaluationFolder folder, String plan) throws IOException {
    boolean claimed = folder.fileSystem().exists(folder.path(plan));
    if (!claimed && folder.fileSystem().exists(folder.path(Checkpoint.MODEL))) {
      throw new EvaluationException(
          "%s holds a model already; choose another --output".formatted(folder));
    }
  }

  /**
   * Writes the file, whole or not at all.
   *
   * @param updates how often running statistics were updated
   */
  static void write(
      EvaluationFolder folder, ModelCard card, Architecture network, float[] weights, long updates)
      throws IOException {
    ModelFile.write(
        folder.fileSystem(),
        folder.path(Checkpoint.MODEL),
        Fence.none(),
        card,
        ModelTensors.of(network, weights, updates));
  }
}
