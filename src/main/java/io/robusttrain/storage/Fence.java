package io.robusttrain.storage;

import java.io.IOException;

/**
 * Asked right before anything of a run becomes visible or is removed: a process that no longer owns
 * the run must not touch it. {@code RunLease} is the one that counts.
 */
@FunctionalInterface
public interface Fence {
  /**
   * Returns if the run may be written now.
   *
   * @throws RunLeaseException if another process owns it
   * @throws IOException if that cannot be found out; nothing may be written then, either
   */
  void requireHeld() throws IOException;

  /**
   * Returns if the process may go on with the run, for all it knows. Cheap enough for every step:
   * the store is looked at only when nothing was heard of it for long.
   *
   * @throws RunLeaseException if another process owns the run, or may own it by now
   * @throws StorageAwayException if that could not be found out for long, because the store cannot
   *     be reached: nothing may be written before {@link #requireHeld} has returned
   */
  default void check() throws StorageAwayException {}

  /** For files that no other process can claim. */
  static Fence none() {
    return () -> {};
  }
}
