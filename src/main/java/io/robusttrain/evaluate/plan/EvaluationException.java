package io.robusttrain.evaluate.plan;

/**
 * An evaluation that cannot be started as it was asked for, or whose stored state is damaged. The
 * message says what is wrong, where, and the remedy.
 */
public final class EvaluationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The message says what, where and what to do. */
  public EvaluationException(String message) {
    super(message);
  }

  /** As {@link #EvaluationException(String)}, with the failure that revealed it. */
  public EvaluationException(String message, Throwable cause) {
    super(message, cause);
  }
}
