package io.robusttrain.checkpoint.tensors;

/**
 * A file or directory that cannot be used as what it claims to be: damaged, cut short, of another
 * architecture, or in the way of a write. The message names the file, what is wrong and the remedy.
 * Failures of the file system itself stay {@link java.io.IOException}.
 */
public class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The message says what, where and what to do. */
  public CheckpointException(String message) {
    super(message);
  }

  /** As {@link #CheckpointException(String)}, with the failure that revealed it. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
