package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Multi-head attention of a class token and a grid of tokens, with a learned number for each head
 * and each distance of two tokens added to the logits (Bao et al., 2022, "BEiT"). Keys have no
 * bias.
 */
public final class BiasedAttention {
  private final Scope scope;
  private final int heads;
  private final RelativePositions distances;
  private final Parameter queryBias;
  private final Parameter valueBias;
  private final Parameter table;
  private final Linear qkv;
  private final Linear proj;

  /**
   * Output channel of {@code qkv} = part * D + head * D/h + channel.
   *
   * @param rows of the grid
   * @param columns of the grid
   * @param projection initial weights of the last layer
   */
  public BiasedAttention(
      Scope scope, int dim, int heads, int rows, int columns, Initializer projection) {
    this.scope = scope;
    this.heads = heads;
    distances = new RelativePositions(scope, rows, columns, true);
    queryBias = scope.parameter("q_bias", Initializer.zeros(), dim);
    valueBias = scope.parameter("v_bias", Initializer.zeros(), dim);
    table =
        scope.parameter(
            "relative_position_bias_table", Initializer.zeros(), distances.size(), heads);
    qkv = Linear.withoutBias(scope.child("qkv"), dim, 3 * dim);
    proj = new Linear(scope.child("proj"), dim, dim, projection, Initializer.zeros());
  }

  /**
   * From (B, N, D), the class token first, then the grid row by row, to (B, N, D), the result times
   * a scale (D) of its features.
   */
  public Tensor forward(Tensor tokens, Tensor scale) {
    long batch = tokens.size(0);
    long count = tokens.size(1);
    long dim = tokens.size(2);
    long channels = dim / heads;
    // One copy puts each head's tokens together: (3, B h, N, D/h).
    TensorVector parts =
        qkv.forward(tokens, new TensorOptional(withoutKeys(queryBias.tensor(), valueBias.tensor())))
            .view(batch, count, 3, heads, channels)
            .permute(2, 0, 3, 1, 4)
            .reshape(3, batch * heads, count, channels)
            .unbind(0);
    Tensor weights =
        parts
            .get(0)
            .mul(new Scalar(1 / Math.sqrt((double) channels)))
            .bmm(parts.get(1).transpose(1, 2))
            .view(batch, heads, count, count)
            .add(distances.pairs(table.tensor()))
            .softmax(3);
    Tensor values =
        weights
            .view(batch * heads, count, count)
            .bmm(parts.get(2))
            .view(batch, heads, count, channels)
            .transpose(1, 2)
            .reshape(batch, count, dim);
    scope.traced("attention", tokens, values, () -> 2 * count * count * dim);
    return proj.forward(values, scale);
  }

  /** The bias (3 D) of queries, keys and values where keys have none. */
  static Tensor withoutKeys(Tensor queries, Tensor values) {
    return torch.cat(new TensorVector(queries, torch.zeros_like(queries), values));
  }
}
