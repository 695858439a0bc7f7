package io.robusttrain.config;

/**
 * A value that a key cannot take; the message says why and what would do. Becomes a {@link
 * Problem}.
 */
final class BadValueException extends Exception {
  private static final long serialVersionUID = 1L;

  BadValueException(String message) {
    super(message);
  }
}
