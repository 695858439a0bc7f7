package io.robusttrain.engine;

/** A worker could not do its part; the cause is its first exception where it is known. */
public final class WorkerFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates a failure with the worker's message. */
  public WorkerFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
