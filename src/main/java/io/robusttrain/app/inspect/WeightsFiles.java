package io.robusttrain.app.inspect;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.pretrained.WeightsLocation;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Opens the weights that a command line names. */
final class WeightsFiles {
  private WeightsFiles() {}

  /** As {@link WeightsFile#open}; a path where nothing is counts as wrong usage. */
  static WeightsFile open(String path, Configuration hadoop, Optional<String> key)
      throws IOException {
    try {
      return WeightsLocation.open(path, hadoop, key);
    } catch (FileNotFoundException e) {
      throw new IllegalArgumentException(
          "there is no %s; name a model file, a run directory or a checkpoint directory"
              .formatted(path),
          e);
    }
  }

  /** What to throw if a file is not a model of this project. */
  static CheckpointException notOurs(WeightsFile file) {
    return new CheckpointException(
        "%s is not a model of this project, so its architecture is not known. Name a run directory, a checkpoint directory or a model.safetensors that a run wrote."
            .formatted(file.path()));
  }
}
