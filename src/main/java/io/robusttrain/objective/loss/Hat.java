package io.robusttrain.objective.loss;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.Pixels;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.objective.FrozenModel;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StatisticsUpdates;
import io.robusttrain.objective.StepContext;
import io.robusttrain.objective.StepLoss;
import io.robusttrain.objective.Weights;
import io.robusttrain.tensor.Tensors;
import java.util.Optional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Helper-based adversarial training (Rade and Moosavi-Dezfooli, Reducing Excessive Margin to
 * Achieve a Better Accuracy vs. Robustness Trade-off, 2022): {@code (1/B) sum_i [CE(f(x_i), y_i) +
 * beta * KL(p(x_i) || p(x'_i)) + gamma * CE(f(x_i + h * (x'_i - x_i)), g(x'_i))]}. The attack is
 * that of {@link Trades}; the class of the helper example, which may leave [0,1], is what a
 * standard-trained model g sees in the attacked image. Forwards in this order, as in the authors'
 * code.
 *
 * @param trades the first two terms
 * @param gamma weight of the helper examples, at least 0; 0.5 in the paper
 * @param stretch h, above 0; 2 in the paper
 * @param standard g
 */
@Immutable
@SuppressWarnings("Immutable") // what a frozen model is made of never changes
public record Hat(Trades trades, double gamma, double stretch, FrozenModel standard)
    implements Objective {
  public Hat {
    Weights.require("gamma", gamma);
    Weights.require("helper-stretch", stretch);
  }

  @Override
  public Optional<FrozenModel> frozenModel() {
    return Optional.of(standard);
  }

  @Override
  public int furtherVectors() {
    // The frozen model's values and their unused gradients.
    return 2;
  }

  @Override
  public int keptForwards() {
    return trades.keptForwards() + 1;
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    return new StatisticsUpdates(trades.statisticsUpdates(radius).count() + 1);
  }

  @Override
  public Pixels attack(StepContext step) {
    return trades.attack(step);
  }

  @Override
  public StepLoss loss(StepContext step, Pixels attacked) {
    StepLoss robust = trades.loss(step, attacked);
    Tensor clean = step.clean().tensor();
    Tensor delta = attacked.tensor().sub(clean);
    Tensor logits = step.forward(clean.add(delta, new Scalar(stretch)));
    Tensor helper = CrossEntropy.mean(logits, seen(step.frozen(), attacked), 0);
    return new StepLoss(robust.loss().add(helper, new Scalar(gamma)), robust.logits());
  }

  /** The classes that the standard model sees. */
  private static Tensor seen(Classifier standard, Pixels attacked) {
    return Tensors.unrecorded(
        () ->
            standard
                .forward(attacked.tensor(), ForwardPass.eval())
                .argmax(new LongOptional(1), false));
  }
}
