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
import java.util.List;

/** The model file that a refinement leaves in its output directory. */
final class RefinedModel {
  /** What a checkpoint has, and what a run has before it was validated, too. */
  private static final List<String> OF_OTHERS = List.of(Checkpoint.MODEL, "best", "checkpoints");

  private RefinedModel() {}

  /**
   * Refuses a directory that holds a model already, of a run or of a checkpoint: whoever names a
   * run gets the model file beside its own ones.
   *
   * @throws EvaluationException if there is one that this work did not write
   */
  static void requireOwn(EvaluationFolder folder, String plan) throws IOException {
    if (folder.fileSystem().exists(folder.path(plan))) {
      return;
    }
    for (String name : OF_OTHERS) {
      if (folder.fileSystem().exists(folder.path(name))) {
        throw new EvaluationException(
            "%s holds a model already; choose another --output".formatted(folder));
      }
    }
  }

  /** Whether the file is there. */
  static boolean written(EvaluationFolder folder) throws IOException {
    return folder.fileSystem().exists(folder.path(Checkpoint.MODEL));
  }

  /**
   * Writes the file, whole or not at all.
   *
   * @param updates how often running statistics were updated
   * @throws EvaluationException if a weight is no finite number
   */
  static void write(
      EvaluationFolder folder, ModelCard card, Architecture network, float[] weights, long updates)
      throws IOException {
    for (float weight : weights) {
      if (!Float.isFinite(weight)) {
        throw new EvaluationException(
            "%s would get weights that are no finite numbers; take other models or other images"
                .formatted(folder.path(Checkpoint.MODEL)));
      }
    }
    ModelFile.write(
        folder.fileSystem(),
        folder.path(Checkpoint.MODEL),
        Fence.none(),
        card,
        ModelTensors.of(network, weights, updates));
  }
}
