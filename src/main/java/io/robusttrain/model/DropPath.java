package io.robusttrain.model;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A residual branch with layer scale, dropped per sample while training (Huang et al., 2016): kept
 * with probability {@code 1 - rate} and then divided by it.
 *
 * @param gamma the layer scale, (D)
 * @param rate of dropping, in [0, 1)
 * @param block the block's number, for the draw's key
 * @param branch the branch's number in its block, for the draw's key
 * @param device where the draws go
 */
record DropPath(Tensor gamma, double rate, int block, int branch, ComputeDevice device) {
  /** {@code input + gamma * output}, the branch scaled or dropped; both (B, N, D). */
  Tensor add(Tensor input, Tensor output, ForwardPass pass) {
    if (rate > 0 && pass instanceof ForwardPass.Train train) {
      double keep = 1 - rate;
      Tensor kept =
          Tensors.uniform(
                  train.dropPathKey().with(block).with(branch),
                  keep,
                  1 + keep,
                  device,
                  input.size(0),
                  1,
                  1)
              .floor_()
              .mul_(new Scalar(1 / keep));
      return torch.addcmul(input, gamma.mul(kept), output);
    }
    return torch.addcmul(input, gamma, output);
  }
}
