package io.robusttrain.objective.loss;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StatisticsUpdates;
import io.robusttrain.objective.StepContext;
import io.robusttrain.objective.StepLoss;
import io.robusttrain.objective.TrainingAttack;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The loss of attacked images (Madry et al., Towards Deep Learning Models Resistant to Adversarial
 * Attacks, 2018): {@code (1/B) sum_i max_d CE(f(x_i + d), y_i)}, the maximum over the ball
 * approached by the attack. Clean images are not in the loss.
 *
 * @param criterion CE of the loss that is minimised; the attack climbs the plain cross entropy
 * @param attack how images are attacked
 * @param cleanForward whether a forward of the clean images precedes that of the attacked ones
 */
@Immutable
public record AdversarialCrossEntropy(
    Criterion criterion, TrainingAttack attack, CleanForward cleanForward) implements Objective {
  /** Whether the clean images pass through the model too. */
  public enum CleanForward {
    /** The clean images do not pass through the model. */
    SKIPPED,
    /**
     * Before the attacked ones, without gradient, for its effect on the running statistics. So the
     * published checkpoints were trained.
     */
    UPDATES_STATISTICS
  }

  /** The default: attack in eval mode, no clean forward. */
  public AdversarialCrossEntropy(double smoothing, ProjectedGradientDescent attack) {
    this(
        new Criterion(smoothing),
        new TrainingAttack(attack, TrainingAttack.Mode.EVAL),
        CleanForward.SKIPPED);
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    int clean = cleanForward == CleanForward.UPDATES_STATISTICS ? 1 : 0;
    return new StatisticsUpdates(attack.trainingForwards(radius) + clean + 1);
  }

  @Override
  public Pixels attack(StepContext step) {
    return attack.onLabels(step);
  }

  @Override
  public StepLoss loss(StepContext step, Pixels attacked) {
    if (cleanForward == CleanForward.UPDATES_STATISTICS) {
      try (PointerScope scope = new PointerScope();
          NoGradGuard forwardOnly = new NoGradGuard()) {
        step.forward(step.clean().tensor());
      }
    }
    Tensor logits = step.forward(attacked.tensor());
    return new StepLoss(criterion.mean(logits, step.targets()), logits);
  }
}
