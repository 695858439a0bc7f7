package io.robusttrain.train.recovery;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What others ask of a run while it trains: to end after the current step, or to write a checkpoint
 * after it. May be called from any thread, signal handlers and shutdown hooks included.
 */
public final class RunControl {
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicBoolean checkpoint = new AtomicBoolean();

  /**
   * Asks for the end: the run finishes the current step, writes a checkpoint and throws {@link
   * StoppedException}.
   */
  public void requestStop() {
    stop.set(true);
  }

  /**
   * Asks for a checkpoint after the current step, as when an executor was told to go. Several
   * requests before it is written are one.
   */
  public void requestCheckpoint() {
    checkpoint.set(true);
  }

  /** Whether the run shall end after the current step. Once true it stays true. */
  public boolean requested() {
    return stop.get();
  }

  /** Whether a checkpoint was asked for and none has been written since. */
  public boolean checkpointRequested() {
    return checkpoint.get();
  }

  /** A checkpoint is about to be written: requests from now on ask for another. */
  public void checkpointBegun() {
    checkpoint.set(false);
  }
}
