package io.robusttrain.report;

/** A run directory that cannot be used. The message says what, where and what to do. */
public final class RunDirectoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RunDirectoryException(String message) {
    super(message);
  }

  RunDirectoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
