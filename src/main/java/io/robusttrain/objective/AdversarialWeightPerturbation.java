package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Another objective at weights that an adversary moved (Wu et al., Adversarial Weight Perturbation
 * Helps Robust Generalization, 2020): {@code min_w max_v rho(w + v)} with {@code |v_l| <= gamma
 * |w_l|} for each layer l (their equation 7). As in their code v is one step, {@code v_l = gamma
 * |w_l| / |g_l| g_l} with g the gradient of the objective's loss at w (equation 10), for tensors
 * called weight of more than one dimension: biases and norms stay. The gradient at {@code w + v}
 * then moves w.
 *
 * <p>The forward that finds v sees the batch statistics but does not enter the running ones. The
 * weights are put back bit by bit after the backward pass.
 *
 * @param objective rho, an adversarial one
 * @param gamma length of v relative to w, in each layer, above 0
 * @param warmupEpochs epochs at the start in which nothing is moved
 */
@Immutable
public record AdversarialWeightPerturbation(Objective objective, double gamma, int warmupEpochs)
    implements ObjectiveWrapper {
  /** Keeps the quotient finite where a gradient is zero. */
  private static final double TINY = 1e-20;

  public AdversarialWeightPerturbation {
    if (!(gamma > 0 && gamma < Double.POSITIVE_INFINITY && warmupEpochs >= 0)) {
      throw new IllegalArgumentException(
          "a weight perturbation needs gamma above 0 and a warm-up of at least 0 epochs: %s and %d"
              .formatted(gamma, warmupEpochs));
    }
  }

  @Override
  public int furtherVectors() {
    // The saved weights, and the gradient that moves them.
    return objective.furtherVectors() + 2;
  }

  @Override
  public StepLoss loss(StepContext step, Pixels attacked) {
    if (step.epoch() < warmupEpochs) {
      return objective.loss(step, attacked);
    }
    Tensor values = step.parameters().values();
    Tensor saved = values.clone();
    try {
      perturb(step, attacked);
      StepLoss moved = objective.loss(step, attacked);
      return new StepLoss(
          moved.loss(),
          moved.logits(),
          () -> {
            try {
              moved.afterBackward().run();
            } finally {
              restore(values, saved);
            }
          });
    } catch (RuntimeException failed) {
      restore(values, saved);
      throw failed;
    }
  }

  private void perturb(StepContext step, Pixels attacked) {
    FlatParameters parameters = step.parameters();
    List<ParameterSpec> perturbed =
        parameters.layout().specs().stream().filter(AdversarialWeightPerturbation::moves).toList();
    try (PointerScope scope = new PointerScope()) {
      TensorVector leaves = new TensorVector();
      perturbed.forEach(spec -> leaves.push_back(parameters.value(spec.name())));
      StepLoss trial = objective.loss(step.trial(), attacked);
      TensorVector gradients;
      try {
        // A layer that the loss does not reach has no gradient.
        gradients =
            torch.grad(
                new TensorVector(trial.loss()),
                leaves,
                new TensorVector(),
                new BoolOptional(false),
                false,
                true);
      } finally {
        trial.afterBackward().run();
      }
      try (NoGradGuard inPlace = new NoGradGuard()) {
        for (int i = 0; i < perturbed.size(); i++) {
          if (gradients.get(i).defined()) {
            move(parameters.value(perturbed.get(i).name()), gradients.get(i));
          }
        }
      }
    }
  }

  /** What their code moves: names with "weight", of more than one dimension. */
  private static boolean moves(ParameterSpec spec) {
    return spec.segment() != Segment.STATISTICS
        && spec.shape().size() > 1
        && spec.name().contains("weight");
  }

  private void move(Tensor weight, Tensor gradient) {
    Tensor length = weight.norm().div_(gradient.norm().add_(new Scalar(TINY)));
    weight.add_(gradient.mul(length), new Scalar(gamma));
  }

  private static void restore(Tensor values, Tensor saved) {
    try (NoGradGuard inPlace = new NoGradGuard()) {
      values.copy_(saved);
    }
  }
}
