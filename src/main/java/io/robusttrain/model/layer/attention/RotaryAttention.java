package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.Scope;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Multi-head attention whose queries and keys are turned by their places (Fang et al., 2023,
 * "EVA-02"). Keys have no bias.
 */
public final class RotaryAttention {
  /** How queries, keys and values are made. */
  public enum Projections {
    /** By one layer; output channel = part * D + head * D/h + channel. */
    FUSED,
    /** By a layer each. */
    SEPARATE
  }

  private final Scope scope;
  private final int heads;
  private final RotaryGrid grid;
  private final UnaryOperator<Tensor> qkv;
  private final Linear proj;

  /**
   * Attention of D channels.
   *
   * @param grid which the network's blocks share
   * @param last initial weights of the last layer
   */
  public RotaryAttention(
      Scope scope, int dim, int heads, RotaryGrid grid, Projections projections, Initializer last) {
    this.scope = scope;
    this.heads = heads;
    this.grid = grid;
    qkv =
        switch (projections) {
          case FUSED -> fused(scope, dim);
          case SEPARATE -> separate(scope, dim);
        };
    proj = new Linear(scope.child("proj"), dim, dim, last, Initializer.zeros());
  }

  /** From (B, N, D) to (B, N, 3 D). */
  private static UnaryOperator<Tensor> fused(Scope scope, int dim) {
    Parameter queries = scope.parameter("q_bias", Initializer.zeros(), dim);
    Parameter values = scope.parameter("v_bias", Initializer.zeros(), dim);
    Linear layer = Linear.withoutBias(scope.child("qkv"), dim, 3 * dim);
    return tokens -> {
      Tensor bias = BiasedAttention.withoutKeys(queries.tensor(), values.tensor());
      return layer.forward(tokens, new TensorOptional(bias));
    };
  }

  private static UnaryOperator<Tensor> separate(Scope scope, int dim) {
    Linear queries = new Linear(scope.child("q_proj"), dim, dim);
    Linear keys = Linear.withoutBias(scope.child("k_proj"), dim, dim);
    Linear values = new Linear(scope.child("v_proj"), dim, dim);
    return tokens ->
        torch.cat(
            new TensorVector(queries.forward(tokens), keys.forward(tokens), values.forward(tokens)),
            2);
  }

  /** From (B, N, D), the class token first, then the grid row by row, to (B, N, D). */
  public Tensor forward(Tensor tokens) {
    long batch = tokens.size(0);
    long count = tokens.size(1);
    long dim = tokens.size(2);
    TensorVector parts = qkv.apply(tokens).view(batch, count, 3, heads, dim / heads).unbind(2);
    Tensor mixed =
        SelfAttention.attend(
            grid.turned(parts.get(0).transpose(1, 2)),
            grid.turned(parts.get(1).transpose(1, 2)),
            parts.get(2).transpose(1, 2));
    Tensor output = mixed.transpose(1, 2).reshape(batch, count, dim);
    scope.traced("attention", tokens, output, () -> 2 * count * count * dim);
    return proj.forward(output);
  }
}
