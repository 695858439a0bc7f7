package io.robusttrain.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * XCiT's class attention: only the class token attends, to all tokens. The patch tokens change too,
 * as in the original: they get their own norm, scaled, and are doubled.
 */
final class ClassAttentionBlock {
  private final long heads;
  private final boolean tokensNorm;
  private final LayerNorm norm1;
  private final Linear q;
  private final Linear k;
  private final Linear v;
  private final Tensor valueBias;
  private final Linear proj;
  private final Tensor gamma1;
  private final LayerNorm norm2;
  private final Mlp mlp;
  private final Tensor gamma2;

  ClassAttentionBlock(XcitConfig config, int index, BoundTensors tensors) {
    String prefix = "cls_attn_blocks." + index + ".";
    heads = config.heads();
    tokensNorm = config.tokensNorm();
    norm1 = LayerNorm.of(tensors, prefix + "norm1", XcitClassifier.EPSILON);
    q = Linear.of(tensors, prefix + "attn.q");
    k = Linear.of(tensors, prefix + "attn.k");
    v = Linear.of(tensors, prefix + "attn.v");
    valueBias = tensors.tensor(prefix + "attn.v.bias");
    proj = Linear.of(tensors, prefix + "attn.proj");
    gamma1 = tensors.tensor(prefix + "gamma1");
    norm2 = LayerNorm.of(tensors, prefix + "norm2", XcitClassifier.EPSILON);
    mlp = Mlp.of(tensors, prefix + "mlp");
    gamma2 = tensors.tensor(prefix + "gamma2");
  }

  /** From (B, N + 1, D) to (B, N + 1, D), the class token first. */
  Tensor forward(Tensor tokens) {
    long patches = tokens.size(1) - 1;
    Tensor normed = norm1.forward(tokens);
    Tensor x = torch.addcmul(tokens.narrow(1, 1, patches), gamma1, normed.narrow(1, 1, patches));
    Tensor others = tokensNorm ? norm2.forward(x) : x;
    return torch.cat(new TensorVector(classToken(tokens, normed), others.mul(new Scalar(2f))), 1);
  }

  /** The class token alone, from (B, N + 1, D) to (B, 1, D): all that a last block must compute. */
  Tensor classToken(Tensor tokens) {
    return classToken(tokens, norm1.forward(tokens));
  }

  private Tensor classToken(Tensor tokens, Tensor normed) {
    Tensor attended = torch.addcmul(tokens.narrow(1, 0, 1), gamma1, attention(normed));
    Tensor x = norm2.forward(attended);
    return torch.addcmul(x, gamma2, mlp.forward(x));
  }

  /**
   * From normed tokens (B, N + 1, D) to the class token's update (B, 1, D).
   *
   * <p>With a single query, {@code q . (W t)} is computed as {@code (W' q) . t} and the weighted
   * sum of values as the values' weight times the weighted sum of tokens: the same numbers without
   * projecting all N + 1 tokens to keys and values. The keys' bias shifts all logits of a head
   * alike, which softmax ignores, so it takes no part and its gradient is exactly zero.
   */
  private Tensor attention(Tensor normed) {
    long batch = normed.size(0);
    long dim = normed.size(2);
    long channels = dim / heads;
    // (h, B, D/h) x (h, D/h, D) -> (B, h, D)
    Tensor query =
        q.forward(normed.select(1, 0))
            .mul(new Scalar(1 / Math.sqrt((double) channels)))
            .view(batch, heads, channels)
            .transpose(0, 1)
            .bmm(k.weight().view(heads, channels, dim))
            .transpose(0, 1);
    Tensor weights = query.bmm(normed.transpose(1, 2)).softmax(2);
    // (h, B, D) x (h, D, D/h) -> (B, 1, D)
    Tensor values =
        weights
            .bmm(normed)
            .transpose(0, 1)
            .bmm(v.weight().view(heads, channels, dim).transpose(1, 2))
            .transpose(0, 1)
            .reshape(batch, 1, dim);
    return proj.forward(values.add(valueBias));
  }
}
