package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Blas;
import io.robusttrain.tensor.SecondDerivatives;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Multi-head attention of all tokens to all tokens (Vaswani et al., 2017). */
public final class SelfAttention {
  /** Up to so many queries libtorch 2.10 takes {@link #SHORT_ROWS} of them at a time, then 64. */
  private static final long SHORT_QUERIES = 191;

  private static final long SHORT_ROWS = 32;

  /**
   * From so many multiplications on OpenBLAS shares a product between its threads. In the fused
   * operation, whose own threads multiply at the same time, each would wait for the others.
   */
  private static final long OPENBLAS_ALONE = 2L << 18;

  /**
   * What vision transformers do otherwise than the first.
   *
   * @param biased whether queries, keys and values have a bias
   * @param projectionBiased whether the last layer has one
   * @param norms of each head's queries and keys (Dehghani et al., 2023, "Scaling Vision
   *     Transformers to 22 Billion Parameters"), if there are any
   */
  public record Variety(boolean biased, boolean projectionBiased, Optional<LayerNorm.Kind> norms) {}

  private final Scope scope;
  private final int heads;
  private final Linear qkv;
  private final UnaryOperator<Tensor> queries;
  private final UnaryOperator<Tensor> keys;
  private final Linear proj;

  /** Whether one token's update can be found without all keys and values. */
  private final boolean shortened;

  /** Output channel of {@code qkv} = part * D + head * D/h + channel. */
  public SelfAttention(Scope scope, int dim, int heads, Variety variety) {
    this.scope = scope;
    this.heads = heads;
    qkv = Linear.of(scope.child("qkv"), dim, 3 * dim, variety.biased());
    queries = norm(scope.child("q_norm"), dim / heads, variety);
    keys = norm(scope.child("k_norm"), dim / heads, variety);
    proj = Linear.of(scope.child("proj"), dim, dim, variety.projectionBiased());
    shortened = variety.biased() && variety.norms().isEmpty();
  }

  private static UnaryOperator<Tensor> norm(Scope scope, int channels, Variety variety) {
    return variety
        .norms()
        .map(kind -> kind.of(scope, channels))
        .<UnaryOperator<Tensor>>map(norm -> norm::forward)
        .orElse(UnaryOperator.identity());
  }

  /** From (B, N, D) to (B, N, D). */
  public Tensor forward(Tensor tokens) {
    return proj.forward(mixed(tokens));
  }

  /** As {@link #forward(Tensor)}, the result times a scale (D) of its features. */
  public Tensor forward(Tensor tokens, Tensor scale) {
    return proj.forward(mixed(tokens), scale);
  }

  private Tensor mixed(Tensor tokens) {
    long batch = tokens.size(0);
    long count = tokens.size(1);
    long dim = tokens.size(2);
    // Split along the parts' own dimension: the gradients then meet in one copy, in place.
    TensorVector parts = qkv.forward(tokens).view(batch, count, 3, heads, dim / heads).unbind(2);
    Tensor mixed =
        attend(
            queries.apply(parts.get(0)).transpose(1, 2),
            keys.apply(parts.get(1)).transpose(1, 2),
            parts.get(2).transpose(1, 2));
    Tensor output = mixed.transpose(1, 2).reshape(batch, count, dim);
    return scope.traced("attention", tokens, output, () -> 2 * count * count * dim);
  }

  /** From (B, heads, N, D / heads) to the same. */
  static Tensor attend(Tensor query, Tensor key, Tensor value) {
    long count = query.size(2);
    if (SecondDerivatives.wanted()) {
      // The fused operation has none.
      return inSteps(query, key, value);
    }
    if (count <= SHORT_QUERIES) {
      return torch.scaled_dot_product_attention(query, key, value);
    }
    if (SHORT_ROWS * count * query.size(3) < OPENBLAS_ALONE) {
      return byQueries(query, key, value);
    }
    return switch (Blas.current()) {
      case ONE_MKL -> torch.scaled_dot_product_attention(query, key, value);
      case OPENBLAS -> inSteps(query, key, value);
    };
  }

  /** Attention by its definition, which keeps the weights (B, heads, N, N). */
  static Tensor inSteps(Tensor query, Tensor key, Tensor value) {
    double scale = 1 / Math.sqrt((double) query.size(3));
    Tensor weights = query.mul(new Scalar(scale)).matmul(key.transpose(2, 3)).softmax(3);
    return weights.matmul(value);
  }

  /** The fused operation for some queries at a time, which know nothing of each other. */
  static Tensor byQueries(Tensor query, Tensor key, Tensor value) {
    long parts = (query.size(2) + SHORT_QUERIES - 1) / SHORT_QUERIES;
    TensorVector mixed = new TensorVector();
    for (Tensor some : query.chunk(parts, 2).get()) {
      mixed.push_back(torch.scaled_dot_product_attention(some, key, value));
    }
    return torch.cat(mixed, 2);
  }

  /**
   * The update of the first token alone, from (B, N, D) to (B, 1, D), where the others would go
   * unread; computed as in {@link ClassAttention}, counted as the whole. Norms of the heads need
   * all keys.
   */
  public Tensor firstToken(Tensor tokens) {
    if (!shortened) {
      return forward(tokens).narrow(1, 0, 1);
    }
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
