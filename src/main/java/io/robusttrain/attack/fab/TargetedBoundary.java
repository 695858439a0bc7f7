package io.robusttrain.attack.fab;

import io.robusttrain.attack.LossGradient;
import io.robusttrain.attack.Victim;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The boundary between the true class and one given other class: one forward and one backward pass,
 * however many classes there are. Borrows its tensors.
 *
 * @param labels int64 (N)
 * @param targets int64 (N)
 */
record TargetedBoundary(Victim victim, Tensor labels, Tensor targets) implements Boundary {
  @Override
  public Linearization at(Tensor pixels) {
    Tensor difference = new Tensor();
    Tensor gradient = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      LossGradient found = victim.lossAndGradient(pixels, this::difference);
      difference.put(found.losses());
      gradient.put(found.gradient().flatten(1, -1));
    }
    return new Linearization(difference, gradient);
  }

  private Tensor difference(Tensor logits) {
    Tensor wanted = logits.gather(1, targets.unsqueeze(1));
    return wanted.sub(logits.gather(1, labels.unsqueeze(1))).squeeze(1);
  }
}
