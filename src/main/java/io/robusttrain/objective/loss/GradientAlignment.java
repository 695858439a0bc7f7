package io.robusttrain.objective.loss;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StatisticsUpdates;
import io.robusttrain.objective.StepContext;
import io.robusttrain.objective.StepLoss;
import io.robusttrain.objective.TrainingAttack;
import io.robusttrain.tensor.SecondDerivatives;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Adversarial training with gradient alignment (Andriushchenko and Flammarion, Understanding and
 * Improving Fast Adversarial Training, 2020, equation 5): the loss of the attacked images plus
 * {@code lambda (1 - mean cos(grad_x CE(f(x), y), grad_x CE(f(x + n), y)))} with n uniform on
 * {@code [-r, r]}, r being today's radius. Both gradients are differentiated again, so a step costs
 * about three of FGSM's. Images of which a gradient is zero are left out of the mean, as in their
 * code. The model runs as it does while it is attacked.
 *
 * @param criterion the loss that is minimised; attack and gradients are of the plain cross entropy
 * @param attack how images are attacked; theirs is FGSM
 * @param lambda weight of the alignment, at least 0
 */
@Immutable
public record GradientAlignment(Criterion criterion, TrainingAttack attack, double lambda)
    implements Objective {
  public GradientAlignment {
    if (!(lambda >= 0 && lambda < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("the weight of alignment must be at least 0: " + lambda);
    }
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    int gradients = attack.mode() == TrainingAttack.Mode.TRAIN && radius > 0 ? 2 : 0;
    return new StatisticsUpdates(attack.trainingForwards(radius) + gradients + 1);
  }

  @Override
  public int keptForwards() {
    // Beside the loss: two gradients, each with the graphs of its forward and its backward pass.
    return 5;
  }

  @Override
  public Pixels attack(StepContext step) {
    return attack.onLabels(step);
  }

  @Override
  public StepLoss loss(StepContext step, Pixels attacked) {
    Tensor logits = step.forward(attacked.tensor());
    Tensor loss = criterion.mean(logits, step.targets());
    if (step.radius() == 0) {
      return new StepLoss(loss, logits);
    }
    Tensor misaligned = misalignment(step).mul(new Scalar(lambda));
    return new StepLoss(loss.add(misaligned), logits);
  }

  /** One minus the mean cosine, a scalar with its graph. */
  private Tensor misalignment(StepContext step) {
    Tensor clean = step.clean().tensor().detach();
    Tensor unit = NoiseSource.perBatch(step.key("gradient-alignment")).unit(clean);
    Tensor one = gradient(step, clean);
    Tensor other = gradient(step, clean.add(unit, new Scalar(step.radius())));
    Tensor dot = one.mul(other).sum(1);
    Tensor oneSquare = one.square().sum(1);
    Tensor otherSquare = other.square().sum(1);
    Tensor present = oneSquare.gt(new Scalar(0.0)).logical_and(otherSquare.gt(new Scalar(0.0)));
    Tensor lengths = root(oneSquare, present).mul(root(otherSquare, present));
    Tensor weights = present.to(dot.scalar_type());
    Tensor cosines = dot.div(lengths).mul(weights);
    return weights.sub(cosines).sum().div(weights.sum().clamp_min(new Scalar(1.0)));
  }

  /** A root has no finite derivative at zero: absent images must not reach it. */
  private static Tensor root(Tensor square, Tensor present) {
    return torch.where(present, square, torch.ones_like(square)).sqrt();
  }

  /** The gradient at some pixels, float32 (B, C * H * W), with its graph. */
  private Tensor gradient(StepContext step, Tensor pixels) {
    UnaryOperator<Tensor> model = attack.mode().model(step);
    Tensor leaf = pixels.detach();
    leaf.set_requires_grad(true);
    Tensor logits = SecondDerivatives.kept(() -> model.apply(leaf));
    Tensor loss = CrossEntropy.sum(logits, step.targets().labels());
    return torch
        .grad(
            new TensorVector(loss),
            new TensorVector(leaf),
            new TensorVector(),
            new BoolOptional(true),
            true,
            false)
        .get(0)
        .flatten(1, -1);
  }
}
