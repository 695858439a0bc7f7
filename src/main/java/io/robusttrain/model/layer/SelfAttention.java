package io.robusttrain.model.layer;

import io.robusttrain.tensor.SecondDerivatives;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Multi-head attention of all tokens to all tokens (Vaswani et al., 2017). */
public final class SelfAttention {
  private final Scope scope;
  private final int heads;
  private final Linear qkv;
  private final Linear proj;

  /** Output channel of {@code qkv} = part * D + head * D/h + channel. */
  public SelfAttention(Scope scope, int dim, int heads) {
    this.scope = scope;
    this.heads = heads;
    qkv = new Linear(scope.child("qkv"), dim, 3 * dim);
    proj = new Linear(scope.child("proj"), dim, dim);
  }

  /** From (B, N, D) to (B, N, D). */
  public Tensor forward(Tensor tokens) {
    long batch = tokens.size(0);
    long count = tokens.size(1);
    long dim = tokens.size(2);
    // Split along the parts' own dimension: the gradients then meet in one copy, in place.
    TensorVector parts = qkv.forward(tokens).view(batch, count, 3, heads, dim / heads).unbind(2);
    Tensor mixed =
        attend(
            parts.get(0).transpose(1, 2),
            parts.get(1).transpose(1, 2),
            parts.get(2).transpose(1, 2));
    Tensor output = mixed.transpose(1, 2).reshape(batch, count, dim);
    scope.traced("attention", tokens, output, () -> 2 * count * count * dim);
    return proj.forward(output);
  }

  /** From (B, heads, N, D / heads) to the same. */
  private static Tensor attend(Tensor query, Tensor key, Tensor value) {
    if (SecondDerivatives.wanted()) {
      // The fused operation has none.
      double scale = 1 / Math.sqrt((double) query.size(3));
      Tensor weights = query.mul(new Scalar(scale)).matmul(key.transpose(2, 3)).softmax(3);
      return weights.matmul(value);
    }
    return torch.scaled_dot_product_attention(query, key, value);
  }

  /**
   * The update of the first token alone, from (B, N, D) to (B, 1, D), where the others would go
   * unread; computed as in {@link ClassAttention}, counted as the whole.
   */
  public Tensor firstToken(Tensor tokens) {
    long batch = tokens.size(0);
    long count = tokens.size(1);
    long dim = tokens.size(2);
    TensorVector weights = qkv.weight().view(3, dim, dim).unbind(0);
    TensorVector biases = qkv.bias().view(3, dim).unbind(0);
    Tensor query = tokens.select(1, 0).matmul(weights.get(0).t()).add(biases.get(0));
    Tensor output =
        ClassAttention.attend(query, tokens, heads, weights.get(1), weights.get(2), biases.get(2));
    Tensor projected = tokens.narrow(2, 0, 1).expand(batch, count, 3 * dim);
    qkv.scope().traced("linear", tokens, projected, () -> 3 * count * dim * dim);
    scope.traced("attention", tokens, tokens, () -> 2 * count * count * dim);
    return proj.forwardOne(output, count);
  }
}
