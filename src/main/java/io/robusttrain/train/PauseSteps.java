package io.robusttrain.train;

import java.util.List;

/** What the driver does while the engine rests. */
final class PauseSteps {
  private PauseSteps() {}

  /** All of it, in order; what follows is left out once the run ends or goes back. */
  static List<PauseStep> inOrder(
      Averages averages,
      Guards guards,
      EpochValidation validation,
      RunOutputs outputs,
      CheckpointWriter checkpoints) {
    return List.of(
        averages::gather,
        // There may be little time: the rest is left to the run that goes on from the checkpoint.
        checkpoints::saveAtOnceIfStopping,
        // Guards may take the run back to the checkpoint of this pause: they look before.
        guards::probeIfDue,
        // The score that selects is the score of the weights that are saved.
        validation::scoreAndOffer,
        outputs::endEpoch,
        guards::judgeAccuracy,
        checkpoints::saveIfDue);
  }
}
