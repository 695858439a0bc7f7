package io.robusttrain.attack;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Two classes: logits (0, w x + b). What any adversary can do to it is known in closed form.
 *
 * @param weight float32 (1, C * H * W)
 * @param bias float32 (1)
 */
record LinearModel(Tensor weight, Tensor bias) implements Classifier {
  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor second = torch.linear(pixels.flatten(1, -1), weight, new TensorOptional(bias));
    return torch.cat(new TensorVector(torch.zeros_like(second), second), 1);
  }
}
