package io.robusttrain.objective.loss;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.Pixels;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StatisticsUpdates;
import io.robusttrain.objective.StepContext;
import io.robusttrain.objective.StepLoss;
import io.robusttrain.objective.TrainingAttack;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The loss of images attacked by N-FGSM (de Jorge et al., Make Some Noise: Reliable and Efficient
 * Single-Step Adversarial Training, 2022, algorithm 1): {@code x' = x + n} with n uniform on {@code
 * [-k r, k r]}, r being today's radius, then {@code x'' = x' + alpha r sign(grad_x CE(f(x'), y))}.
 * Neither the noise nor the result is projected onto the ball: that is the point. As in their code
 * x' may leave [0,1], and x'' is clipped to it. In Linf.
 *
 * @param criterion the loss that is minimised; the attack climbs the plain cross entropy
 * @param noise k, at least 0; theirs is 2
 * @param step alpha, above 0; theirs is 1
 * @param mode how the model runs while it is attacked
 */
@Immutable
public record NoiseFgsm(Criterion criterion, double noise, double step, TrainingAttack.Mode mode)
    implements Objective {
  public NoiseFgsm {
    if (!(noise >= 0 && noise <= 100 && step > 0 && step <= 100)) {
      throw new IllegalArgumentException(
          "N-FGSM needs a noise in [0,100] and a step in (0,100] radii: %s and %s"
              .formatted(noise, step));
    }
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    return new StatisticsUpdates(mode == TrainingAttack.Mode.TRAIN && radius > 0 ? 2 : 1);
  }

  @Override
  public Pixels attack(StepContext context) {
    double radius = context.radius();
    if (radius == 0) {
      return context.clean();
    }
    Tensor labels = context.targets().labels();
    Tensor attacked =
        Tensors.scoped(
            () -> {
              try (AutoGradMode recording = new AutoGradMode(true)) {
                Tensor clean = context.clean().tensor().detach();
                Tensor noisy = clean.add(context.noise().unit(clean), new Scalar(noise * radius));
                noisy.set_requires_grad(true);
                Tensor loss = CrossEntropy.sum(mode.model(context).apply(noisy), labels);
                Tensor gradient =
                    torch.grad(new TensorVector(loss), new TensorVector(noisy)).get(0);
                Tensor moved = noisy.detach().add(gradient.sign_(), new Scalar(step * radius));
                return Tensors.clamp(moved, 0, 1);
              }
            });
    return Pixels.of(attacked);
  }

  @Override
  public StepLoss loss(StepContext context, Pixels attacked) {
    Tensor logits = context.forward(attacked.tensor());
    return new StepLoss(criterion.mean(logits, context.targets()), logits);
  }
}
