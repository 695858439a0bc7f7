package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Self-attention whose heads are mixed before and after the softmax (Shazeer et al., 2020), as CaiT
 * has it.
 *
 * <p>The mixing is a product of the h x h weight with the (h, N N) logits as they lie in memory.
 * What is constant over N x N is done on smaller tensors: the scale of the queries on the first
 * weight, the second bias on the sum of the values. The first bias shifts all logits of a head
 * alike, which softmax ignores, so it takes no part and its gradient is exactly zero.
 */
public final class TalkingHeadsAttention {
  private final Scope scope;
  private final int heads;
  private final Linear qkv;
  private final Linear proj;
  private final Linear before;
  private final Linear after;

  /** Output channel of {@code qkv} = part * D + head * D/h + channel. */
  public TalkingHeadsAttention(Scope scope, int dim, int heads) {
    this.scope = scope;
    this.heads = heads;
    qkv = new Linear(scope.child("qkv"), dim, 3 * dim);
    proj = new Linear(scope.child("proj"), dim, dim);
    before = new Linear(scope.child("proj_l"), heads, heads);
    after = new Linear(scope.child("proj_w"), heads, heads);
  }

  /** From (B, N, D) to (B, N, D), the result times a scale (D) of its features. */
  public Tensor forward(Tensor tokens, Tensor scale) {
    long batch = tokens.size(0);
    long count = tokens.size(1);
    long dim = tokens.size(2);
    long channels = dim / heads;
    // One copy puts each head's tokens together: (3, B h, N, D/h).
    TensorVector parts =
        qkv.forward(tokens)
            .view(batch, count, 3, heads, channels)
            .permute(2, 0, 3, 1, 4)
            .reshape(3, batch * heads, count, channels)
            .unbind(0);
    Tensor v = parts.get(2);
    Tensor logits = parts.get(0).bmm(parts.get(1).transpose(1, 2));
    Tensor scaled = before.weight().mul(new Scalar(1 / Math.sqrt((double) channels)));
    Tensor weights = mixed(scaled, logits, batch, count).softmax(3);
    Tensor output =
        mixed(after.weight(), weights, batch, count)
            .view(batch * heads, count, count)
            .bmm(v)
            .view(batch, heads, count, channels)
            .add(v.sum(1).view(batch, heads, 1, channels).mul(after.bias().view(heads, 1, 1)))
            .transpose(1, 2)
            .reshape(batch, count, dim);
    before.scope().traced("linear", weights, weights, () -> count * count * heads * heads);
    after.scope().traced("linear", weights, weights, () -> count * count * heads * heads);
    scope.traced("attention", tokens, output, () -> 2 * count * count * dim);
    return proj.forward(output, scale);
  }

  /** Mixes (B h, N, N) or (B, h, N, N) over the heads, to (B, h, N, N). */
  private Tensor mixed(Tensor weight, Tensor maps, long batch, long count) {
    return weight
        .expand(batch, heads, heads)
        .bmm(maps.view(batch, heads, count * count))
        .view(batch, heads, count, count);
  }
}
