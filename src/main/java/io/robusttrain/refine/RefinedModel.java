package io.robusttrain.refine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
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
import java.util.Optional;

/** The model file that a refinement leaves in its output directory. */
final class RefinedModel {
  /** What a checkpoint has, and what a run has before it was validated, too. */
  private static final List<String> OF_OTHERS = List.of(Checkpoint.MODEL, "best", "checkpoints");

  private RefinedModel() {}

  /**
   * Takes a directory for a refinement, or takes it up again. One that holds a model already, of a
   * run or of a checkpoint, is refused: whoever names a run gets the model file beside its own
   * ones.
   *
   * @param kind what is made, as the refusal of another one's directory says it
   * @param identity everything that the result depends on
   * @throws EvaluationException if it belongs to other work, or holds a model that this work did
   *     not write
   */
  static void claim(EvaluationFolder folder, String kind, ObjectNode identity) throws IOException {
    if (!folder.fileSystem().exists(folder.path(EvaluationFolder.PLAN))) {
      requireNoModel(folder);
    }
    folder.claim(kind, identity);
  }

  private static void requireNoModel(EvaluationFolder folder) throws IOException {
    for (String name : OF_OTHERS) {
      if (folder.fileSystem().exists(folder.path(name))) {
        throw new EvaluationException(
            "%s holds a model already; choose another --output".formatted(folder));
      }
    }
  }

  /**
   * What the screen shows of a finished refinement; empty if it is not, or its model is gone.
   *
   * @param result the file that is written last
   */
  static Optional<List<String>> finished(EvaluationFolder folder, String result)
      throws IOException {
    return folder.fileSystem().exists(folder.path(Checkpoint.MODEL))
        ? folder.readJson(result).map(json -> Json.list(json, "lines", line -> line.asText()))
        : Optional.empty();
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
