package io.robusttrain.run;

import java.io.IOException;
import org.apache.hadoop.fs.Path;

/** A run directory that cannot be used. The message says what, where and what to do. */
public final class RunDirectoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RunDirectoryException(String message) {
    super(message);
  }

  RunDirectoryException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Of a directory that cannot be written, or not be claimed. */
  public static RunDirectoryException unwritable(Path path, IOException cause) {
    return new RunDirectoryException(
        "The run directory %s cannot be written: %s. Choose another run directory or make it writable."
            .formatted(path, cause.getMessage()),
        cause);
  }
}
