package io.robusttrain.storage;

/**
 * Another process owns the run. Not an {@link java.io.IOException}: a driver that lost its run must
 * stop, whatever it does about checkpoints that could not be written.
 */
public final class RunLeaseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The message says who owns the run, and what to do. */
  public RunLeaseException(String message) {
    super(message);
  }

  /** As {@link #RunLeaseException(String)}, with the failure that hides who owns the run. */
  public RunLeaseException(String message, Throwable cause) {
    super(message, cause);
  }
}
