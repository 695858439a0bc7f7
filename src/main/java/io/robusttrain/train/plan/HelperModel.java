package io.robusttrain.train.plan;

import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.model.Classifier;
import io.robusttrain.objective.FrozenModel;
import io.robusttrain.tensor.ComputeDevice;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;

/**
 * The frozen model of a run: a file of weights, and what it held when the run was planned. It is
 * read again by every replica, also after executors were lost, and must be the same each time.
 *
 * @param file of the weights
 * @param sha256 of its weights in the order of the run's flat vector, each as the four bytes of a
 *     little-endian float32: the same model has the same, in whatever file it lies
 */
public record HelperModel(FrozenCheckpoint file, String sha256) implements FrozenModel {
  /** The key that names the file. */
  public static final String KEY = "objective.helper-checkpoint";

  private static final int PIECE = 1 << 14;

  /**
   * Reads the file once, so that a run does not begin without it.
   *
   * @throws ConfigException if it cannot be read or does not fit
   */
  static HelperModel of(FrozenCheckpoint file) {
    try {
      return new HelperModel(file, sha256(file.read()));
    } catch (UncheckedIOException unreadable) {
      throw unusable(
          "%s; name a file of weights, a run or a checkpoint".formatted(unreadable.getMessage()));
    } catch (CheckpointException misfit) {
      throw unusable(
          "must be a model of this run's architecture and normalisation: " + misfit.getMessage());
    }
  }

  private static ConfigException unusable(String message) {
    return new ConfigException(KEY, message);
  }

  /**
   * Reads the weights again.
   *
   * @throws CheckpointException if they are others than when the run was planned
   */
  @Override
  public Classifier open(ComputeDevice device) {
    float[] weights = file.read();
    if (!sha256(weights).equals(sha256)) {
      throw new CheckpointException(
          "%s: %s holds other weights than when the run was planned: bring the old file back, or submit the run again with a file that stays as it is"
              .formatted(KEY, file.path()));
    }
    return file.bound(weights, device);
  }

  private static String sha256(float[] weights) {
    MessageDigest digest = Sha256.digest();
    ByteBuffer piece = ByteBuffer.allocate(PIECE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < weights.length; from += PIECE) {
      int count = Math.min(PIECE, weights.length - from);
      piece.asFloatBuffer().put(weights, from, count);
      digest.update(piece.array(), 0, count * Float.BYTES);
    }
    return Sha256.hex(digest);
  }
}
