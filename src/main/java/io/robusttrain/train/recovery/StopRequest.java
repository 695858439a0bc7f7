package io.robusttrain.train.recovery;

/**
 * Whether a run shall end soon although steps are left, such as after SIGTERM. Asked on the
 * driver's thread after every step; answers at once.
 */
@FunctionalInterface
public interface StopRequest {
  /** Nobody asks. */
  StopRequest NEVER = () -> false;

  /** Whether the run shall end after the current step. Once true it stays true. */
  boolean requested();
}
