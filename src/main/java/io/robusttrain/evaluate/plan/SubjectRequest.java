package io.robusttrain.evaluate.plan;

import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.tensor.ComputeDevice;
import java.util.Optional;

/**
 * Which model a user asks to look at, with which images, and how it is computed; not checked
 * against model and data.
 *
 * @param model which model
 * @param data path of the data set
 * @param split of it
 * @param columns that hold images and labels
 * @param orientation what becomes of EXIF orientations; nothing: as where the model was trained
 * @param samples which images
 * @param preprocessing how they become the model's input
 * @param batch the most images of a block; nothing: as suits the model
 * @param leastBlocks as many blocks as a stage has at least, while there are images enough;
 *     nothing: as suits the model
 * @param threads inside an operation; several blocks are computed side by side
 * @param device where models compute
 */
public record SubjectRequest(
    ModelRequest model,
    String data,
    String split,
    ImageColumns columns,
    Optional<ExifOrientation> orientation,
    SampleChoice samples,
    PreprocessingChoice preprocessing,
    Optional<Integer> batch,
    Optional<Integer> leastBlocks,
    int threads,
    ComputeDevice device) {
  public SubjectRequest {
    if (batch.orElse(1) < 1 || leastBlocks.orElse(1) < 1 || threads < 1) {
      throw new EvaluationException(
          "batch, least blocks and threads must be at least 1: %d, %d, %d"
              .formatted(batch.orElse(1), leastBlocks.orElse(1), threads));
    }
  }

  /** The same request for the weights of another file. */
  public SubjectRequest of(String modelFile) {
    return of(model.at(modelFile));
  }

  /** The same request with all images of split validation of another data set. */
  public SubjectRequest on(String otherData) {
    return new SubjectRequest(
        model,
        otherData,
        "validation",
        ImageColumns.USUAL,
        orientation,
        new SampleChoice.All(),
        preprocessing,
        batch,
        leastBlocks,
        threads,
        device);
  }

  /** The same request with images that become the model's input in another way. */
  public SubjectRequest with(PreprocessingChoice other) {
    return new SubjectRequest(
        model,
        data,
        split,
        columns,
        orientation,
        samples,
        other,
        batch,
        leastBlocks,
        threads,
        device);
  }

  /** The same request with other images of the split. */
  public SubjectRequest with(SampleChoice other) {
    return new SubjectRequest(
        model,
        data,
        split,
        columns,
        orientation,
        other,
        preprocessing,
        batch,
        leastBlocks,
        threads,
        device);
  }

  /** The same request for another model. */
  public SubjectRequest of(ModelRequest other) {
    return new SubjectRequest(
        other,
        data,
        split,
        columns,
        orientation,
        samples,
        preprocessing,
        batch,
        leastBlocks,
        threads,
        device);
  }
}
