package io.robusttrain.objective.loss;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StatisticsUpdates;
import io.robusttrain.objective.StepContext;
import io.robusttrain.objective.StepLoss;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Free adversarial training (Shafahi et al., Adversarial Training for Free!, 2019, algorithm 1):
 * each batch is trained on m times in a row, and the backward pass that moves the weights also
 * moves the perturbation d: loss {@code CE(f(clip(x + d)), y)}, then {@code d <- clip(d + r
 * sign(grad_d), -r, r)}, r being today's radius. Each replay is one step of the optimiser, so an
 * epoch has m times as many steps as batches; train.epochs is to be that much smaller.
 *
 * <p>d is kept for each micro-batch's place and goes over to the next batch, as in their code; an
 * epoch begins with zero. In Linf.
 *
 * @param criterion the loss that is minimised, and climbed by d
 * @param replays m, at least 1
 */
@Immutable
public record FreeAdversarialTraining(Criterion criterion, int replays) implements Objective {
  public FreeAdversarialTraining {
    if (replays < 1) {
      throw new IllegalArgumentException("a batch is trained on at least once: " + replays);
    }
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    return new StatisticsUpdates(1);
  }

  @Override
  public StepLoss loss(StepContext step, Pixels clean) {
    Tensor images = clean.tensor().detach();
    Tensor delta = start(step, images);
    delta.set_requires_grad(true);
    // Not in place: the clamp is differentiated.
    Tensor attacked =
        images
            .add(delta)
            .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0)));
    Tensor logits = step.forward(attacked);
    Tensor loss = criterion.mean(logits, step.targets());
    return new StepLoss(loss, logits, () -> ascend(step, delta));
  }

  private static Tensor start(StepContext step, Tensor images) {
    return Tensors.scoped(
        () ->
            step.remembered()
                .filter(kept -> kept.size(0) >= images.size(0))
                .map(kept -> kept.narrow(0, 0, images.size(0)).clone())
                .orElseGet(() -> torch.zeros_like(images)));
  }

  private static void ascend(StepContext step, Tensor delta) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard inPlace = new NoGradGuard()) {
      Tensor gradient = delta.grad();
      // None if the backward pass failed.
      if (gradient.defined()) {
        double radius = step.radius();
        step.remember(
            Tensors.clamp(delta.add(gradient.sign(), new Scalar(radius)), -radius, radius));
      }
    }
  }
}
