package io.robusttrain.objective.loss;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.Divergence;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StatisticsUpdates;
import io.robusttrain.objective.StepContext;
import io.robusttrain.objective.StepLoss;
import io.robusttrain.objective.TrainingAttack;
import io.robusttrain.objective.Weights;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * MART (Wang et al., Improving Adversarial Robustness Requires Revisiting Misclassified Examples,
 * 2020): {@code (1/B) sum_i [BCE(p(x'_i), y_i) + beta * KL(p(x_i) || p(x'_i)) * (1 - p_y(x_i))]}
 * with the boosted cross entropy {@code BCE(p, y) = -log p_y - log(1 - max_{k != y} p_k)}: clean
 * images that are misclassified weigh more. The attack climbs the plain cross entropy.
 *
 * <p>As in the authors' code the second logarithm is {@code log(1.0001 - p_k)}, the divergence
 * takes {@code log(p(x') + 1e-12)}, and the weight is {@code 1.0000001 - p_y}. Terms other than the
 * first take the label, or the heavier class of a mixed image.
 *
 * @param criterion CE, the first part of BCE, of the attacked images
 * @param attack how images are attacked
 * @param beta at least 0; 5 or 6 in the paper, which calls it lambda
 */
@Immutable
public record Mart(Criterion criterion, TrainingAttack attack, double beta) implements Objective {
  private static final double TINY = 1e-12;
  private static final double LOG_TINY = Math.log(TINY);
  private static final double MARGIN_OFFSET = 1e-4 + TINY;
  private static final double WEIGHT_OFFSET = 1e-7;

  public Mart {
    Weights.require("beta", beta);
  }

  @Override
  public int keptForwards() {
    return 2;
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    return new StatisticsUpdates(attack.trainingForwards(radius) + 2);
  }

  @Override
  public Pixels attack(StepContext step) {
    return attack.onLabels(step);
  }

  @Override
  public StepLoss loss(StepContext step, Pixels attacked) {
    Tensor label = step.targets().labels().unsqueeze(1);
    Tensor clean = step.forward(step.clean().tensor());
    Tensor logits = step.forward(attacked.tensor());
    Tensor adversarial = logits.softmax(1);
    Tensor margin =
        withoutClass(adversarial, strongestOther(adversarial, label))
            .add(new Scalar(MARGIN_OFFSET))
            .log()
            .neg();
    Tensor weight = withoutClass(clean.softmax(1), label).add(new Scalar(WEIGHT_OFFSET));
    Tensor divergence = Divergence.perSample(raised(logits), clean.log_softmax(1)).mul(weight);
    Tensor loss =
        criterion
            .mean(logits, step.targets())
            .add(margin.mean())
            .add(divergence.mean(), new Scalar(beta));
    return new StepLoss(loss, logits);
  }

  /**
   * {@code 1 - p_k} as the sum of the others, which keeps its digits where p_k is almost 1: (B).
   */
  private static Tensor withoutClass(Tensor probabilities, Tensor classes) {
    return probabilities.scatter(1, classes, new Scalar(0.0)).sum(1);
  }

  /** {@code log(softmax(z) + 1e-12)} without leaving the logarithms: (B, K). */
  private static Tensor raised(Tensor logits) {
    Tensor logarithms = logits.log_softmax(1);
    return logarithms.logaddexp(torch.full_like(logarithms.detach(), new Scalar(LOG_TINY)));
  }

  /** The class other than the label with the largest probability: int64 (B, 1). */
  private static Tensor strongestOther(Tensor probabilities, Tensor label) {
    return probabilities
        .detach()
        .clone()
        .scatter_(1, label, new Scalar(-1.0))
        .argmax(new LongOptional(1), true);
  }
}
