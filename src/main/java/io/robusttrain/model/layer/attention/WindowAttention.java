package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Multi-head attention inside windows, with a learned number for each head and each distance of two
 * tokens added to the logits (Liu et al., 2021, "Swin Transformer").
 */
public final class WindowAttention {
  private final Windows windows;
  private final RelativePositions distances;
  private final Parameter table;
  private final Linear qkv;
  private final WindowHeads heads;
  private final Linear proj;
  private final double scale;

  /** Output channel of {@code qkv} = part * D + head * D/h + channel. */
  public WindowAttention(Scope scope, int dim, int heads, Windows windows) {
    this.windows = windows;
    distances = new RelativePositions(scope, windows.height(), windows.width(), false);
    table =
        scope.parameter(
            "relative_position_bias_table",
            Initializer.truncatedNormal(0.02),
            distances.size(),
            heads);
    qkv = new Linear(scope.child("qkv"), dim, 3 * dim);
    this.heads = new WindowHeads(scope, heads, windows);
    proj = new Linear(scope.child("proj"), dim, dim);
    scale = 1 / Math.sqrt((double) dim / heads);
  }

  /** From (B, R, C, D) to (B, R, C, D). */
  public Tensor forward(Tensor features) {
    Tensor values =
        heads.attend(
            qkv.forward(windows.cut(features)), this::logits, distances.pairs(table.tensor()));
    return windows.join(proj.forward(values));
  }

  private Tensor logits(Tensor queries, Tensor keys) {
    return queries.mul(new Scalar(scale)).bmm(keys.transpose(1, 2));
  }
}
