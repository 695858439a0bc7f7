package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Two linear layers with the exact GELU between. */
public final class Mlp implements TokenMlp {
  private final Linear fc1;
  private final MeanSparse sparse;
  private final Linear fc2;

  /** From D to the hidden size and back. */
  public Mlp(Scope scope, int dim, int hidden) {
    this(scope, dim, hidden, Initializer.truncatedNormal(0.02));
  }

  /** As {@link #Mlp(Scope, int, int)}, with other initial weights of the way back. */
  public Mlp(Scope scope, int dim, int hidden, Initializer back) {
    fc1 = new Linear(scope.child("fc1"), dim, hidden);
    sparse = MeanSparse.ofLast(scope.child("act"), hidden);
    fc2 = new Linear(scope.child("fc2"), hidden, dim, back, Initializer.zeros());
  }

  @Override
  public Tensor forward(Tensor input) {
    return fc2.forward(torch.gelu(sparse.of(fc1.forward(input))));
  }

  @Override
  public Tensor forwardOne(Tensor input, long rows) {
    return fc2.forwardOne(torch.gelu(sparse.of(fc1.forwardOne(input, rows))), rows);
  }

  @Override
  public Tensor forward(Tensor input, Tensor scale) {
    return fc2.forward(torch.gelu(sparse.of(fc1.forward(input))), scale);
  }
}
