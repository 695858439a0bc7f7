package io.robusttrain.base;

/**
 * Text that is not JSON, or JSON without a field that must be there. The message says which; the
 * room that reads the file adds its name and the remedy.
 */
public final class JsonException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  JsonException(String message, Throwable cause) {
    super(message, cause);
  }
}
