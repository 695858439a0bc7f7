package io.robusttrain.evaluate.result;

/** The clean accuracy is not the checkpoint's: a robust accuracy would be worth nothing. */
public final class CleanAccuracyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CleanAccuracyException(String message) {
    super(message);
  }
}
