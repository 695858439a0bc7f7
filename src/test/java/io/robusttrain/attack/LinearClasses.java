package io.robusttrain.attack;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import org.bytedeco.pytorch.Tensor;

/**
 * Several classes whose logits are linear in the pixels. Borrows its weights.
 *
 * @param weights float32 (K, C * H * W)
 */
public record LinearClasses(Tensor weights) implements Classifier {
  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    return pixels.flatten(1, -1).matmul(weights.t());
  }
}
