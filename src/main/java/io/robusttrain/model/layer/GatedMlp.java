package io.robusttrain.model.layer;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Two linear layers side by side, one through SiLU a gate for the other, and one back (Shazeer,
 * 2020, "GLU Variants Improve Transformer").
 */
public final class GatedMlp {
  private final UnaryOperator<Tensor> gated;
  private final Linear fc2;

  private GatedMlp(UnaryOperator<Tensor> gated, Linear fc2) {
    this.gated = gated;
    this.fc2 = fc2;
  }

  /**
   * Both layers in one tensor, the gate's first.
   *
   * @param back initial weights of the way back
   */
  public static GatedMlp packed(Scope scope, int dim, int hidden, Initializer back) {
    Linear fc1 = new Linear(scope.child("fc1"), dim, 2 * hidden);
    MeanSparse sparse = MeanSparse.ofLast(scope.child("act"), hidden);
    UnaryOperator<Tensor> gated =
        x -> {
          TensorVector halves = fc1.forward(x).unflatten(-1, new long[] {2, hidden}).unbind(-2);
          return torch.silu(sparse.of(halves.get(0))).mul(halves.get(1));
        };
    return new GatedMlp(gated, back(scope, dim, hidden, back));
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
    UnaryOperator<Tensor> gated =
        x -> norm.forward(torch.silu(sparse.of(gate.forward(x))).mul(features.forward(x)));
    return new GatedMlp(gated, back(scope, dim, hidden, back));
  }

  private static Linear back(Scope scope, int dim, int hidden, Initializer weights) {
    return new Linear(scope.child("fc2"), hidden, dim, weights, Initializer.zeros());
  }

  /** From (B, ..., D) to (B, ..., D). */
  public Tensor forward(Tensor input) {
    return fc2.forward(gated.apply(input));
  }
}
