package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.CheckpointException;
import io.robusttrain.checkpoint.ModelCard;
import io.robusttrain.checkpoint.TensorSpec;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * Named tensors of some model, open for reading. The names are as the file has them. Data is read
 * on demand. Not thread-safe.
 */
public sealed interface WeightsFile extends Closeable permits SafetensorsWeights, PyTorchWeights {
  /**
   * Opens whatever holds weights: a safetensors file (a model file of this project is verified by
   * its checksum), a file that {@code torch.save} wrote, a run directory (its best model), or a
   * checkpoint directory (its model). What a file is follows from its content, not from its name.
   *
   * @param path on any Hadoop file system
   * @param hadoop names the file systems
   * @param key where in a PyTorch file's dictionary the weights are; empty for the usual places
   * @throws FileNotFoundException if there is nothing at the path
   * @throws CheckpointException if what is there holds no weights, or damaged ones
   */
  static WeightsFile open(String path, Configuration hadoop, Optional<String> key)
      throws IOException {
    return WeightsLocation.find(path, hadoop).open(key);
  }

  /** Where the file is. */
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
