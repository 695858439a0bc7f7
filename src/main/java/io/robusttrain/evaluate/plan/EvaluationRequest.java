package io.robusttrain.evaluate.plan;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.tensor.ComputeDevice;
import java.util.List;
import java.util.Optional;

/**
 * What a user asks {@code RobustEval} for, not checked against model and data.
 *
 * @param model which model
 * @param data path of the data set
 * @param split of it
 * @param columns that hold images and labels
 * @param orientation what becomes of EXIF orientations; nothing: as where the model was trained
 * @param samples which images
 * @param preprocessing how they become the model's input
 * @param attacks a set or a comma-separated list
 * @param norm of the threat model
 * @param radii in order, at least one, none twice, pixels being in [0,1]
 * @param coverage which images each attack works on
 * @param seed of all random draws
 * @param batch the most images of a block; nothing: as suits the model
 * @param leastBlocks as many blocks as a stage has at least, while there are images enough;
 *     nothing: as suits the model
 * @param threads inside an operation; several blocks are computed side by side
 * @param device where models compute
 */
public record EvaluationRequest(
    ModelRequest model,
    String data,
    String split,
    ImageColumns columns,
    Optional<ExifOrientation> orientation,
    SampleChoice samples,
    PreprocessingChoice preprocessing,
    String attacks,
    Norm norm,
    List<Double> radii,
    Coverage coverage,
    long seed,
    Optional<Integer> batch,
    Optional<Integer> leastBlocks,
    int threads,
    ComputeDevice device) {
  public EvaluationRequest {
    radii = List.copyOf(radii);
    if (radii.isEmpty() || radii.stream().distinct().count() < radii.size()) {
      throw new EvaluationException("an evaluation needs one radius or more, none twice: " + radii);
    }
    if (batch.orElse(1) < 1 || leastBlocks.orElse(1) < 1 || threads < 1) {
      throw new EvaluationException(
          "batch, least blocks and threads must be at least 1: %d, %d, %d"
              .formatted(batch.orElse(1), leastBlocks.orElse(1), threads));
    }
  }
}
