package io.robusttrain.checkpoint;

import io.robusttrain.checkpoint.tensors.CheckpointException;

/**
 * A checkpoint is whole but was written by a newer version of this project. It is never passed over
 * in favour of an older one or of none, as a damaged one is: that would train its steps again.
 */
final class NewerFormatException extends CheckpointException {
  private static final long serialVersionUID = 1;

  NewerFormatException(String message) {
    super(message);
  }
}
