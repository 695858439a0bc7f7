package io.robusttrain.data;

/**
 * Bad input data: the message says what is wrong, where, and the remedy. Ends a run with exit code
 * 3.
 */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message that a user can act on. */
  public DataException(String message) {
    super(message);
  }

  /**
   * Creates an exception with a message that a user can act on.
   *
   * @param cause kept as a suppressed exception: of a failure on an executor the innermost cause is
   *     shown, and that must be this one, which says where
   */
  public DataException(String message, Throwable cause) {
    super(message);
    if (cause != null) {
      addSuppressed(cause);
    }
  }
}
