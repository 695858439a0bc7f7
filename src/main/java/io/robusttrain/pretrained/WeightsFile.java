package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Named tensors of some model, open for reading. The names are as the file has them. Data is read
 * on demand. Not thread-safe.
 */
public interface WeightsFile extends Closeable {
  String path();

  /** What the file is and where, for reports: {@code safetensors file /models/a.safetensors}. */
  String description();

  /** Every tensor, in the order of the file. */
  List<TensorSpec> tensors();

  /**
   * A whole floating-point tensor, row-major; F16 and BF16 widen exactly, F64 is rounded to the
   * nearest float.
   *
   * @throws CheckpointException if the tensor is missing or not of floating point
   */
  float[] floats(String tensor) throws IOException;

  /** What a model file of this project says of its weights; empty for files of others. */
  Optional<ModelCard> card();
}
