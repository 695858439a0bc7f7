package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Learned tokens that stand before those of the image: the class token, which a head reads, or
 * registers (Darcet et al., 2024, "Vision Transformers Need Registers"), which none does.
 */
public final class LearnedTokens {
  private final int count;
  private final Parameter tokens;

  private LearnedTokens(Scope scope, String name, int count, int dim, Initializer initializer) {
    this.count = count;
    tokens = scope.parameter(name, initializer, 1, count, dim);
  }

  /** Declares {@code cls_token} (1, 1, D) in a scope. */
  public static LearnedTokens ofClass(Scope scope, int dim, Initializer initializer) {
    return new LearnedTokens(scope, "cls_token", 1, dim, initializer);
  }

  /** Declares {@code reg_token} (1, R, D) in a scope. */
  public static LearnedTokens registers(Scope scope, int count, int dim, Initializer initializer) {
    return new LearnedTokens(scope, "reg_token", count, dim, initializer);
  }

  /** From (B, N, D) to (B, R + N, D); in the caller's scope. */
  public Tensor before(Tensor others) {
    Tensor expanded = tokens.tensor().expand(others.size(0), count, others.size(2));
    return torch.cat(new TensorVector(expanded, others), 1);
  }
}
