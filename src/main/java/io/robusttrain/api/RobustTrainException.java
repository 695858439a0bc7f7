package io.robusttrain.api;

/**
 * Whatever goes wrong in this package: its message says in one readable block what is wrong, where,
 * and what to do about it, with secrets masked. What was thrown below it is its cause.
 */
public final class RobustTrainException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  RobustTrainException(String message, int exitCode, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  RobustTrainException(String message) {
    this(message, 2, null);
  }

  /**
   * The exit code that a launcher would end with: 2 wrong usage or configuration, 3 bad data, 4
   * stopped by a guard, 1 anything else.
   */
  public int exitCode() {
    return exitCode;
  }
}
