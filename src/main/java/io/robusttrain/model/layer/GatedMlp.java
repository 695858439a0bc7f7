package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Two linear layers side by side, one through SiLU a gate for the other, and one back (Shazeer,
 * 2020, "GLU Variants Improve Transformer").
 */
public final class GatedMlp implements TokenMlp {
  /** Deviation of weights that start with next to nothing. */
  private static final double NEXT_TO_NOTHING = 1e-6;

  /** How a linear layer is applied: to all rows, or to one that stands for them. */
  @FunctionalInterface
  private interface Way {
    Tensor through(Linear layer, Tensor input);
  }

  /** From (B, ..., D) to what the way back gets. */
  @FunctionalInterface
  private interface Gate {
    Tensor of(Tensor input, Way way);
  }

  private final Gate gate;
  private final Linear fc2;

  private GatedMlp(Gate gate, Linear fc2) {
    this.gate = gate;
    this.fc2 = fc2;
  }

  /**
   * Both layers in one tensor, the gate's first.
   *
   * @param back initial weights of the way back
   */
  public static GatedMlp packed(Scope scope, int dim, int hidden, Initializer back) {
    Linear fc1 = new Linear(scope.child("fc1"), dim, 2 * hidden);
    return packed(scope, fc1, dim, hidden, back);
  }

  /**
   * Both layers in one tensor, the gate's first; what it gates starts at 1, so that it begins as an
   * MLP with SiLU. That is timm's {@code SwiGLUPacked} in a vision transformer.
   */
  public static GatedMlp packedUngated(Scope scope, int dim, int hidden) {
    Initializer normal = Initializer.truncatedNormal(0.02);
    Linear fc1 =
        new Linear(
            scope.child("fc1"),
            dim,
            2 * hidden,
            Initializer.halves(normal, Initializer.normal(NEXT_TO_NOTHING)),
            Initializer.halves(Initializer.zeros(), Initializer.ones()));
    return packed(scope, fc1, dim, hidden, normal);
  }

  private static GatedMlp packed(Scope scope, Linear fc1, int dim, int hidden, Initializer back) {
    MeanSparse sparse = MeanSparse.ofLast(scope.child("act"), hidden);
    Gate gate =
        (x, way) -> {
          TensorVector halves =
              way.through(fc1, x).unflatten(-1, new long[] {2, hidden}).unbind(-2);
          return torch.silu(sparse.of(halves.get(0))).mul(halves.get(1));
        };
    return new GatedMlp(gate, back(scope, dim, hidden, back));
  }

  /**
   * A tensor for each layer, and layer norm before the way back.
   *
   * @param back initial weights of the way back
   */
  public static GatedMlp normed(Scope scope, int dim, int hidden, Initializer back) {
    Linear gate = new Linear(scope.child("fc1_g"), dim, hidden);
    Linear features = new Linear(scope.child("fc1_x"), dim, hidden);
    MeanSparse sparse = MeanSparse.ofLast(scope.child("act"), hidden);
    LayerNorm norm = new LayerNorm(scope.child("norm"), hidden);
    Gate gated =
        (x, way) ->
            norm.forward(torch.silu(sparse.of(way.through(gate, x))).mul(way.through(features, x)));
    return new GatedMlp(gated, back(scope, dim, hidden, back));
  }

  /** A tensor for each layer, without biases. The gate starts next to closed. */
  public static GatedMlp unbiased(Scope scope, int dim, int hidden) {
    Linear gate =
        Linear.withoutBias(scope.child("fc1_g"), dim, hidden, Initializer.normal(NEXT_TO_NOTHING));
    Linear features = Linear.withoutBias(scope.child("fc1_x"), dim, hidden);
    MeanSparse sparse = MeanSparse.ofLast(scope.child("act"), hidden);
    Gate gated =
        (x, way) -> torch.silu(sparse.of(way.through(gate, x))).mul(way.through(features, x));
    return new GatedMlp(gated, Linear.withoutBias(scope.child("fc2"), hidden, dim));
  }

  private static Linear back(Scope scope, int dim, int hidden, Initializer weights) {
    return new Linear(scope.child("fc2"), hidden, dim, weights, Initializer.zeros());
  }

  @Override
  public Tensor forward(Tensor input) {
    return fc2.forward(all(input));
  }

  @Override
  public Tensor forward(Tensor input, Tensor scale) {
    return fc2.forward(all(input), scale);
  }

  @Override
  public Tensor forwardOne(Tensor input, long rows) {
    return fc2.forwardOne(gate.of(input, (layer, x) -> layer.forwardOne(x, rows)), rows);
  }

  private Tensor all(Tensor input) {
    return gate.of(input, (layer, x) -> layer.forward(x));
  }
}
