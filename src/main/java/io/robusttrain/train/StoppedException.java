package io.robusttrain.train;

/** A run ended early because it was asked to, with everything it has done in a checkpoint. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Says how far the run came and how it goes on.
   *
   * @param checkpoint name of the checkpoint that holds the last step, such as {@code
   *     epoch-0007-step-000001234}
   * @param completedSteps of the run
   */
  public StoppedException(String checkpoint, long completedSteps) {
    super(
        "stopped on request after step %d; everything is in checkpoint %s: submit the run id again to go on"
            .formatted(completedSteps, checkpoint));
  }
}
