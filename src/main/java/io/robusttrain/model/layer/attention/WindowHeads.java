package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
import java.util.Optional;
import java.util.function.BinaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * What all attention inside windows shares: heads, the mask, the sum of values. Holds a native
 * constant from its first use until the network is closed.
 */
final class WindowHeads {
  private final Scope scope;
  private final int heads;
  private final Windows windows;
  private Tensor mask;

  WindowHeads(Scope scope, int heads, Windows windows) {
    this.scope = scope;
    this.heads = heads;
    this.windows = windows;
  }

  /**
   * The heads' values, side by side.
   *
   * @param projected queries, keys and values, (B, W N, 3 D)
   * @param logits from queries and keys (B W h, N, D/h) to (B W h, N, N)
   * @param positions what is added to the logits, (h, N, N)
   * @return (B, W N, D)
   */
  Tensor attend(Tensor projected, BinaryOperator<Tensor> logits, Tensor positions) {
    long batch = projected.size(0);
    long dim = projected.size(2) / 3;
    long channels = dim / heads;
    long count = windows.count();
    long area = windows.area();
    // One copy puts each head's tokens together: (3, B W h, N, D/h).
    TensorVector parts =
        projected
            .view(batch, count, area, 3, heads, channels)
            .permute(3, 0, 1, 4, 2, 5)
            .reshape(3, batch * count * heads, area, channels)
            .unbind(0);
    Tensor weights =
        logits
            .apply(parts.get(0), parts.get(1))
            .view(batch, count, heads, area, area)
            .add(masked(positions))
            .softmax(4);
    Tensor values =
        weights
            .view(batch * count * heads, area, area)
            .bmm(parts.get(2))
            .view(batch, count, heads, area, channels)
            .transpose(2, 3)
            .reshape(batch, count * area, dim);
    return scope.traced("attention", projected, values, () -> 2 * count * area * area * dim);
  }

  /** From (h, N, N) to the same or, where windows hold parts that are apart, to (W, h, N, N). */
  private Tensor masked(Tensor positions) {
    if (mask == null) {
      Optional<float[]> values = windows.mask();
      if (values.isEmpty()) {
        return positions;
      }
      long area = windows.area();
      try (PointerScope temporary = new PointerScope()) {
        mask = scope.keep(Tensors.of(values.get(), scope.device(), windows.count(), 1, area, area));
      }
    }
    return positions.add(mask);
  }
}
