package io.robusttrain.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention between channels: each head's D/h x D/h matrix of cosines over the tokens, sharpened by
 * a learned temperature, mixes the head's channels.
 *
 * @param heads h
 * @param temperature (h, 1, 1)
 * @param qkv from D to 3 D; output channel = part * D + head * D/h + channel
 * @param proj from D to D
 */
record CrossCovarianceAttention(long heads, Tensor temperature, Linear qkv, Linear proj) {
  /** The floor of a channel's length, as {@code torch.nn.functional.normalize} has it. */
  private static final double FLOOR = 1e-12;

  static CrossCovarianceAttention of(BoundTensors tensors, String prefix, long heads) {
    return new CrossCovarianceAttention(
        heads,
        tensors.tensor(prefix + ".temperature"),
        Linear.of(tensors, prefix + ".qkv"),
        Linear.of(tensors, prefix + ".proj"));
  }

  /** From (B, N, D) to (B, N, D). */
  Tensor forward(Tensor tokens) {
    long batch = tokens.size(0);
    long count = tokens.size(1);
    long dim = tokens.size(2);
    // (3, B, h, D/h, N)
    Tensor parts =
        qkv.forward(tokens).view(batch, count, 3, heads, dim / heads).permute(2, 0, 3, 4, 1);
    Tensor q = normalized(parts.select(0, 0));
    Tensor k = normalized(parts.select(0, 1));
    Tensor v = parts.select(0, 2);
    Tensor weights = q.matmul(k.transpose(2, 3)).mul(temperature).softmax(3);
    return proj.forward(weights.matmul(v).permute(0, 3, 1, 2).reshape(batch, count, dim));
  }

  private static Tensor normalized(Tensor x) {
    Tensor length = x.norm(new ScalarOptional(new Scalar(2)), new long[] {3}, true);
    return x.div(torch.clamp_min(length, new Scalar(FLOOR)));
  }
}
