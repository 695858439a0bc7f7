package io.robusttrain.train;

/** Training stopped itself: going on would waste the run. Ends it with exit code 4. */
public final class GuardException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message that says what happened, where, and the remedy. */
  public GuardException(String message) {
    super(message);
  }
}
