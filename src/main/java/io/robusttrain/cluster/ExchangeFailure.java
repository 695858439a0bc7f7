package io.robusttrain.cluster;

/**
 * Something that a step needs of the other workers is missing or is not of this step, so that the
 * step must not be applied. The same steps may succeed on another engine.
 */
public final class ExchangeFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what is missing. */
  public ExchangeFailure(String message) {
    super(message);
  }

  /** Says what is missing, and why. */
  public ExchangeFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
