package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.Scope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention and MLP side by side, which one linear layer feeds (Dehghani et al., 2023, "Scaling
 * Vision Transformers to 22 Billion Parameters"): timm's {@code ParallelScalingBlock} up to its
 * residual sum. The layer has no bias but one of the MLP's features.
 */
public final class ParallelAttention {
  private final Scope scope;
  private final int heads;
  private final int hidden;
  private final Parameter bias;
  private final LayerNorm norm;
  private final Linear in;
  private final Optional<LayerNorm> queries;
  private final Optional<LayerNorm> keys;
  private final MeanSparse sparse;
  private final Linear attended;
  private final Linear back;

  /**
   * Output channel of {@code in_proj}: the MLP's features, then part * D + head * D/h + channel.
   *
   * @param hidden features of the MLP
   * @param norms all of them
   * @param normed whether each head's queries and keys have one
   */
  public ParallelAttention(
      Scope scope, int dim, int heads, int hidden, LayerNorm.Kind norms, boolean normed) {
    this.scope = scope;
    this.heads = heads;
    this.hidden = hidden;
    bias = scope.parameter("mlp_bias", Initializer.zeros(), hidden);
    norm = norms.of(scope.child("in_norm"), dim);
    in = Linear.withoutBias(scope.child("in_proj"), dim, hidden + 3 * dim);
    Optional<LayerNorm.Kind> ofHeads = Optional.of(norms).filter(kind -> normed);
    queries = ofHeads.map(kind -> kind.of(scope.child("q_norm"), dim / heads));
    keys = ofHeads.map(kind -> kind.of(scope.child("k_norm"), dim / heads));
    sparse = MeanSparse.ofLast(scope.child("mlp_act"), hidden);
    attended = new Linear(scope.child("attn_out_proj"), dim, dim);
    back = new Linear(scope.child("mlp_out_proj"), hidden, dim);
  }

  /** From (B, N, D) to what a block adds, (B, N, D). */
  public Tensor forward(Tensor tokens) {
    long batch = tokens.size(0);
    long count = tokens.size(1);
    long dim = tokens.size(2);
    Tensor projected = in.forward(norm.forward(tokens));
    TensorVector parts =
        projected.narrow(2, hidden, 3 * dim).view(batch, count, 3, heads, dim / heads).unbind(2);
    Tensor query = queries.map(each -> each.forward(parts.get(0))).orElseGet(() -> parts.get(0));
    Tensor key = keys.map(each -> each.forward(parts.get(1))).orElseGet(() -> parts.get(1));
    Tensor mixed =
        SelfAttention.attend(
                query.transpose(1, 2), key.transpose(1, 2), parts.get(2).transpose(1, 2))
            .transpose(1, 2)
            .reshape(batch, count, dim);
    scope.traced("attention", tokens, mixed, () -> 2 * count * count * dim);
    Tensor features = projected.narrow(2, 0, hidden).add(bias.tensor());
    return attended.forward(mixed).add(back.forward(torch.gelu(sparse.of(features))));
  }
}
