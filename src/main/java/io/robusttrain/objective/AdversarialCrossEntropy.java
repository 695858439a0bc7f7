package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.ProjectedGradientDescent;

/**
 * Cross entropy of attacked images (Madry et al., 2018); clean images are not in the loss.
 *
 * @param labelSmoothing in [0,1), of the loss that is minimised; the attack climbs the plain one
 * @param attack how images are attacked
 * @param attackMode how the model runs while it is attacked
 * @param cleanForward whether a forward of the clean images precedes that of the attacked ones
 */
@Immutable
public record AdversarialCrossEntropy(
    double labelSmoothing,
    ProjectedGradientDescent attack,
    AttackMode attackMode,
    CleanForward cleanForward)
    implements Objective {
  /** How the model runs while it is attacked. */
  public enum AttackMode {
    /** With running statistics and without drop path: the model as it is deployed. */
    EVAL,
    /**
     * With batch statistics and drop path; each forward of the attack also moves the running
     * statistics. So the published checkpoints were trained.
     */
    TRAIN
  }

  /** Whether the clean images pass through the model too. */
  public enum CleanForward {
    /** No. */
    SKIPPED,
    /**
     * Before the attacked ones, without gradient, for its effect on the running statistics. So the
     * published checkpoints were trained.
     */
    UPDATES_STATISTICS
  }

  /** Checks the smoothing. */
  public AdversarialCrossEntropy {
    Objective.requireSmoothing(labelSmoothing);
  }

  /** The default: attack in eval mode, no clean forward. */
  public AdversarialCrossEntropy(double labelSmoothing, ProjectedGradientDescent attack) {
    this(labelSmoothing, attack, AttackMode.EVAL, CleanForward.SKIPPED);
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    // A radius of 0 leaves nothing to attack, so no forward of the attack runs.
    int attacked = attackMode == AttackMode.TRAIN && radius > 0 ? attack.steps() : 0;
    int clean = cleanForward == CleanForward.UPDATES_STATISTICS ? 1 : 0;
    return new StatisticsUpdates(attacked + clean + 1);
  }
}
