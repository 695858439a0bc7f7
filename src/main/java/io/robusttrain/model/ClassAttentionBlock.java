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
    Tensor attended =
        torch.cat(new TensorVector(attention(normed), normed.narrow(1, 1, patches)), 1);
    Tensor x = torch.addcmul(tokens, gamma1, attended);
    Tensor classToken = norm2.forward(x.narrow(1, 0, 1));
    Tensor others = x.narrow(1, 1, patches);
    if (tokensNorm) {
      others = norm2.forward(others);
    }
    return torch.cat(new TensorVector(mixed(classToken), others.mul(new Scalar(2f))), 1);
  }

  private Tensor mixed(Tensor classToken) {
    return torch.addcmul(classToken, gamma2, mlp.forward(classToken));
  }

  /** From normed tokens (B, N + 1, D) to the class token's update (B, 1, D). */
  private Tensor attention(Tensor normed) {
    long batch = normed.size(0);
    long dim = normed.size(2);
    Tensor query = split(q.forward(normed.narrow(1, 0, 1)));
    Tensor keys = split(k.forward(normed));
    Tensor values = split(v.forward(normed));
    Tensor scaled = query.mul(new Scalar(1 / Math.sqrt(dim / (double) heads)));
    Tensor weights = scaled.matmul(keys.transpose(2, 3)).softmax(3);
    return proj.forward(weights.matmul(values).transpose(1, 2).reshape(batch, 1, dim));
  }

  /** From (B, N, D) to (B, h, N, D/h). */
  private Tensor split(Tensor x) {
    return x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
  }
}
