package io.robusttrain.objective.loss;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import io.robusttrain.objective.AttackTarget;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.Divergence;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StatisticsUpdates;
import io.robusttrain.objective.StepContext;
import io.robusttrain.objective.StepLoss;
import io.robusttrain.objective.TrainingAttack;
import io.robusttrain.objective.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * TRADES (Zhang et al., Theoretically Principled Trade-off between Robustness and Accuracy, 2019):
 * {@code (1/B) sum_i [CE(f(x_i), y_i) + beta * max_d KL(p(x_i) || p(x_i + d))]} with {@code p =
 * softmax(f)}. The attack climbs the same divergence from the prediction for the clean images; the
 * gradient of the loss flows through both forwards, the clean one first.
 *
 * @param criterion CE, of the clean images
 * @param attack how images are attacked; without a target
 * @param beta weight of robustness against accuracy, at least 0; 6 in the paper
 */
@Immutable
public record Trades(Criterion criterion, TrainingAttack attack, double beta) implements Objective {
  public Trades {
    Weights.require("beta", beta);
    if (attack.target() != AttackTarget.NONE) {
      throw new IllegalArgumentException("the attack of TRADES has no target classes");
    }
  }

  @Override
  public int keptForwards() {
    return 2;
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    return new StatisticsUpdates(attack.predictionForwards(radius) + 2);
  }

  @Override
  public Pixels attack(StepContext step) {
    return attack.onPredictions(step);
  }

  @Override
  public StepLoss loss(StepContext step, Pixels attacked) {
    Tensor clean = step.forward(step.clean().tensor());
    Tensor adversarial = step.forward(attacked.tensor());
    Tensor robust = Divergence.sum(adversarial.log_softmax(1), clean.log_softmax(1));
    Tensor loss =
        criterion.mean(clean, step.targets()).add(robust, new Scalar(beta / step.clean().count()));
    return new StepLoss(loss, adversarial);
  }
}
