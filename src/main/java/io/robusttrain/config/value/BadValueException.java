package io.robusttrain.config.value;

/**
 * A value that a key cannot take; the message says why and what would do. Becomes a {@link
 * Problem}.
 */
public final class BadValueException extends Exception {
  private static final long serialVersionUID = 1L;

  public BadValueException(String message) {
    super(message);
  }
}
