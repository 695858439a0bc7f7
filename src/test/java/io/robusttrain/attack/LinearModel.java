package io.robusttrain.attack;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import org.bytedeco.pytorch.Tensor;

/**
 * Logits that are linear in the pixels, for closed forms. Borrows its weights.
 *
 * @param weights float32 (K, D)
 * @param offsets float32 (K)
 */
record LinearModel(Tensor weights, Tensor offsets) implements Classifier {
  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    return pixels.flatten(1, -1).matmul(weights.t()).add(offsets);
  }
}
