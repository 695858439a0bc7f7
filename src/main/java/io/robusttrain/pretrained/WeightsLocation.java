package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.pytorch.PyTorchFile;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.storage.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A file that should hold weights.
 *
 * @param fs its file system
 * @param file the file itself, never a directory
 */
public record WeightsLocation(FileSystem fs, Path file) {
  /** As many bytes as tell a PyTorch file: a tar archive says so at byte 257. */
  private static final int DECIDING_BYTES = 262;

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
  public static WeightsFile open(String path, Configuration hadoop, Optional<String> key)
      throws IOException {
    return find(path, hadoop).open(key);
  }

  /** Follows run and checkpoint directories to their model file. */
  private static WeightsLocation find(String path, Configuration hadoop) throws IOException {
    Path given = new Path(path);
    FileSystem fs = Storage.fileSystem(given, hadoop);
    // Whole in reports and provenance, which outlive the working directory.
    given = fs.makeQualified(given);
    if (!Storage.exists(fs, given)) {
      throw new FileNotFoundException("there is no " + path);
    }
    // Only a file is replaced, and only then may its name be free.
    if (!fs.exists(given) || fs.getFileStatus(given).isFile()) {
      return new WeightsLocation(fs, given);
    }
    for (String name : new String[] {Checkpoint.MODEL, "best/" + Checkpoint.MODEL}) {
      Path model = new Path(given, name);
      if (Storage.exists(fs, model)) {
        return new WeightsLocation(fs, model);
      }
    }
    throw new CheckpointException(
        "%s is a directory without weights: it has neither %s, as a checkpoint has, nor best/%s, as a run has once it was validated. Name a model file, a checkpoint or a run."
            .formatted(path, Checkpoint.MODEL, Checkpoint.MODEL));
  }

  private WeightsFile open(Optional<String> key) throws IOException {
    byte[] first = Storage.read(fs, file, this::firstBytes);
    if (first.length > 8 && first[8] == '{') {
      if (key.isPresent()) {
        throw new CheckpointException(
            "%s is a safetensors file, which has no dictionary to look for '%s' in. Leave the key out."
                .formatted(file, key.get()));
      }
      return SafetensorsWeights.open(fs, file);
    }
    if (PyTorchFile.looksLikePyTorch(first)) {
      return new PyTorchWeights(PyTorchFile.open(fs, file, key));
    }
    throw new CheckpointException(
        "%s is neither a safetensors file nor one that torch.save wrote (or it is empty or cut short). Name a file of weights, a run directory or a checkpoint directory."
            .formatted(file));
  }

  private byte[] firstBytes(Path place) throws IOException {
    byte[] first = new byte[(int) Math.min(fs.getFileStatus(place).getLen(), DECIDING_BYTES)];
    try (FSDataInputStream in = fs.open(place)) {
      in.readFully(0, first);
    }
    return first;
  }
}
