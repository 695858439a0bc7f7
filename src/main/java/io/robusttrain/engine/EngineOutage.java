package io.robusttrain.engine;

/**
 * Training ended for a reason that lies outside of what is computed: an executor was lost, the
 * exchange broke, or nothing moved any more. The same steps may succeed on another engine.
 */
public final class EngineOutage extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The reasons for which an engine can do no more. */
  public enum Kind {
    /** An executor that held a worker is gone. */
    EXECUTOR_LOST,
    /** No step ended for too long. */
    STALLED,
    /** Workers could not reach each other, and all are still there. */
    EXCHANGE_FAILED,
    /** An executor was told to end, and what it held is saved: it can be closed in peace. */
    DEPARTURE,
    /** More executors can train than this engine has, and what it held is saved. */
    GROWTH
  }

  private final Kind kind;

  /**
   * Creates an outage.
   *
   * @param message what happened and where, for people
   * @param cause what failed because of it, or null
   */
  public EngineOutage(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** The reason for which the engine can do no more. */
  public Kind kind() {
    return kind;
  }
}
