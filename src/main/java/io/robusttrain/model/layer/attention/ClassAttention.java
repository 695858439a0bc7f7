package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention of the class token to all tokens (Touvron et al., 2021, "Going deeper with image
 * transformers"), itself among them.
 *
 * <p>With a single query, {@code q . (W t)} is computed as {@code (W' q) . t} and the weighted sum
 * of values as the values' weight times the weighted sum of tokens: the same numbers without
 * projecting all N + 1 tokens to keys and values. The keys' bias shifts all logits of a head alike,
 * which softmax ignores, so it takes no part and its gradient is exactly zero.
 */
public final class ClassAttention {
  private final Scope scope;
  private final int heads;
  private final Linear q;
  private final Linear k;
  private final Linear v;
  private final Linear proj;

  public ClassAttention(Scope scope, int dim, int heads) {
    this.scope = scope;
    this.heads = heads;
    q = new Linear(scope.child("q"), dim, dim);
    k = new Linear(scope.child("k"), dim, dim);
    v = new Linear(scope.child("v"), dim, dim);
    proj = new Linear(scope.child("proj"), dim, dim);
  }

  /** From normed tokens (B, N + 1, D), the class token first, to its update (B, 1, D). */
  public Tensor forward(Tensor tokens) {
    Tensor query = q.forward(tokens.select(1, 0));
    Tensor values = attend(query, tokens, heads, k.weight(), v.weight(), v.bias());
    long count = tokens.size(1);
    long dim = tokens.size(2);
    k.scope().traced("linear", tokens, tokens, () -> count * dim * dim);
    v.scope().traced("linear", tokens, tokens, () -> count * dim * dim);
    scope.traced("class_attention", tokens, values, () -> 2 * count * dim);
    return proj.forward(values);
  }

  /**
   * The heads' values, side by side, for one query.
   *
   * @param query (B, D)
   * @param tokens (B, N, D)
   * @param keys weight of the keys, (D, D)
   * @param values weight of the values, (D, D)
   * @param bias of the values, (D)
   * @return (B, 1, D)
   */
  static Tensor attend(
      Tensor query, Tensor tokens, int heads, Tensor keys, Tensor values, Tensor bias) {
    long batch = tokens.size(0);
    long dim = tokens.size(2);
    long channels = dim / heads;
    // (h, B, D/h) x (h, D/h, D) -> (B, h, D)
    Tensor onTokens =
        query
            .mul(new Scalar(1 / Math.sqrt((double) channels)))
            .view(batch, heads, channels)
            .transpose(0, 1)
            .bmm(keys.view(heads, channels, dim))
            .transpose(0, 1);
    Tensor weights = onTokens.bmm(tokens.transpose(1, 2)).softmax(2);
    // (h, B, D) x (h, D, D/h) -> (B, 1, D)
    return weights
        .bmm(tokens)
        .transpose(0, 1)
        .bmm(values.view(heads, channels, dim).transpose(1, 2))
        .transpose(0, 1)
        .reshape(batch, 1, dim)
        .add(bias);
  }
}
