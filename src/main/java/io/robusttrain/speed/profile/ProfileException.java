package io.robusttrain.speed.profile;

/** A step cannot be recorded, or its record cannot be read; the message has the remedy. */
public final class ProfileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ProfileException(String message) {
    super(message);
  }

  ProfileException(String message, Throwable cause) {
    super(message, cause);
  }
}
