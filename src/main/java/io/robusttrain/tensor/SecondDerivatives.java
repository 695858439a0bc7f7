package io.robusttrain.tensor;

import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Forwards whose gradients are themselves differentiated. Layers then avoid fused operations that
 * have no second derivative. Belongs to the thread, as autocast does.
 */
public final class SecondDerivatives {
  private static final ThreadLocal<Boolean> WANTED = ThreadLocal.withInitial(() -> false);

  private SecondDerivatives() {}

  /** Runs a forward whose operations must all have second derivatives. */
  public static Tensor kept(Supplier<Tensor> forward) {
    boolean before = WANTED.get();
    WANTED.set(true);
    try {
      return forward.get();
    } finally {
      WANTED.set(before);
    }
  }

  /** Whether the present forward is such a one. */
  public static boolean wanted() {
    return WANTED.get();
  }
}
