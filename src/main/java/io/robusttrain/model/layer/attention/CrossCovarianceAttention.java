package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.SecondDerivatives;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention between channels (El-Nouby et al., 2021): each head's D/h x D/h matrix of cosines over
 * the tokens, sharpened by a learned temperature, mixes the head's channels.
 */
public final class CrossCovarianceAttention {
  /** The square of a channel's least length, which is that of {@code nn.functional.normalize}. */
  private static final double FLOOR = 1e-24;

  private final Scope scope;
  private final int heads;
  private final Parameter temperature;
  private final Linear qkv;
  private final Linear proj;

  /** Output channel of {@code qkv} = part * D + head * D/h + channel. */
  public CrossCovarianceAttention(Scope scope, int dim, int heads) {
    this.scope = scope;
    this.heads = heads;
    temperature = scope.parameter("temperature", Initializer.ones(), heads, 1, 1);
    qkv = new Linear(scope.child("qkv"), dim, 3 * dim);
    proj = new Linear(scope.child("proj"), dim, dim);
  }

  /** From (B, N, D) to (B, N, D), the result times a scale (D) of its features. */
  public Tensor forward(Tensor tokens, Tensor scale) {
    long batch = tokens.size(0);
    long count = tokens.size(1);
    long dim = tokens.size(2);
    long channels = dim / heads;
    // One copy puts each head's tokens together: (3, B h, N, D/h). unbind's backward is one copy
    // too, where three selects would fill three tensors of this size.
    TensorVector parts =
        qkv.forward(tokens)
            .view(batch, count, 3, heads, channels)
            .permute(2, 0, 3, 1, 4)
            .reshape(3, batch * heads, count, channels)
            .unbind(0);
    Tensor q = parts.get(0);
    Tensor k = parts.get(1);
    Tensor v = parts.get(2);
    // Cosines, sharpened: scaling the D/h x D/h products equals normalising the far larger q and k
    // first.
    Tensor rows =
        inverseLength(q)
            .view(batch, heads, channels, 1)
            .mul(temperature.tensor())
            .view(batch * heads, channels, 1);
    Tensor weights = q.transpose(1, 2).bmm(k).mul(rows).mul(inverseLength(k)).softmax(2);
    Tensor mixed = v.bmm(weights.transpose(1, 2)).view(batch, heads, count, channels);
    Tensor output = mixed.transpose(1, 2).reshape(batch, count, dim);
    scope.traced("attention", tokens, output, () -> 2 * count * dim * channels);
    return proj.forward(output, scale);
  }

  /**
   * One over the lengths of channels over the tokens: from (B h, N, D/h) to (B h, 1, D/h). libtorch
   * adds over rows with vector instructions, and takes a norm over them value by value. The floor
   * stands below the root, whose slope has no bound at 0.
   */
  private static Tensor inverseLength(Tensor x) {
    return torch.clamp_min(squares(x), new Scalar(FLOOR)).rsqrt();
  }

  /**
   * The sums of squares over the tokens. Their gradient is 2 x: autograd finds it by four passes
   * over x behind a square, and by one behind a product with a constant, whose half it makes up
   * for.
   */
  private static Tensor squares(Tensor x) {
    if (SecondDerivatives.wanted()) {
      return x.square().sum(new long[] {1}, true, new ScalarTypeOptional());
    }
    Tensor half = x.mul(x.detach()).sum(new long[] {1}, true, new ScalarTypeOptional());
    return half.mul(new Scalar(2.0)).sub(half.detach());
  }
}
