package io.robusttrain.config.value;

/**
 * A value that a key cannot take; the message says why and what would do. Becomes a {@link
 * Problem}.
 */
public final class BadValueException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean ofPart;

  public BadValueException(String message) {
    this(message, false);
  }

  private BadValueException(String message, boolean ofPart) {
    super(message);
    this.ofPart = ofPart;
  }

  /** A part of a value is wrong: to leave the whole key open would be no remedy. */
  static BadValueException ofPart(String message) {
    return new BadValueException(message, true);
  }

  /** Whether it is a part of a value that is wrong. */
  boolean isOfPart() {
    return ofPart;
  }
}
