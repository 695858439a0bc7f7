package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** A learned token of its own that stands before those of the image. */
public final class ClassToken {
  private final Parameter token;

  /** Declares {@code cls_token} (1, 1, D) in a scope. */
  public ClassToken(Scope scope, int dim, Initializer initializer) {
    token = scope.parameter("cls_token", initializer, 1, 1, dim);
  }

  /** From (B, N, D) to (B, 1 + N, D); in the caller's scope. */
  public Tensor before(Tensor tokens) {
    Tensor expanded = token.tensor().expand(tokens.size(0), 1, tokens.size(2));
    return torch.cat(new TensorVector(expanded, tokens), 1);
  }
}
