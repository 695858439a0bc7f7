package io.robusttrain.model.layer;

import io.robusttrain.model.ForwardPass;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The dropping of a residual branch per sample while training (Huang et al., 2016): kept with
 * probability {@code 1 - rate} and then divided by it.
 *
 * @param rate of dropping, in [0, 1)
 * @param block the block's number, for the draw's key
 * @param branch the branch's number in its block, for the draw's key
 * @param device where the draws go
 */
public record DropPath(double rate, int block, int branch, ComputeDevice device) {
  /**
   * The rate of a block when it grows linearly over all blocks, from 0 to that of the last.
   *
   * @param last rate of the last block
   * @param block number of the block, from 0
   * @param blocks how many there are
   */
  public static double rate(double last, int block, int blocks) {
    return blocks == 1 ? 0 : last * block / (blocks - 1);
  }

  /** {@code input + output}, the branch kept or dropped; both (B, ...). */
  public Tensor add(Tensor input, Tensor output, ForwardPass pass) {
    return drops(pass)
        ? torch.addcmul(input, kept(input, (ForwardPass.Train) pass), output)
        : input.add(output);
  }

  private boolean drops(ForwardPass pass) {
    return rate > 0 && pass instanceof ForwardPass.Train;
  }

  /** 0 or 1 / (1 - rate) for each sample, (B, 1, ...). */
  private Tensor kept(Tensor input, ForwardPass.Train pass) {
    double keep = 1 - rate;
    long[] shape = new long[Math.toIntExact(input.dim())];
    Arrays.fill(shape, 1);
    shape[0] = input.size(0);
    return Tensors.uniform(
            pass.dropPathKey().with(block).with(branch), keep, 1 + keep, device, shape)
        .floor_()
        .mul_(new Scalar(1 / keep));
  }
}
