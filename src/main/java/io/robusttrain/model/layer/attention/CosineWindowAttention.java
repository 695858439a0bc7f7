package io.robusttrain.model.layer.attention;

import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Multi-head attention inside windows whose logits are cosines, sharpened by a learned number, and
 * a small network's opinion of the tokens' distance (Liu et al., 2022, "Swin Transformer V2"). Keys
 * have no bias.
 *
 * <p>Holds a native constant from its first use until the network is closed.
 */
public final class CosineWindowAttention {
  private static final int HIDDEN = 512;

  /** Cosines are multiplied by no more than this. */
  private static final double SHARPEST = Math.log(100);

  /** The square of a vector's least length, which is that of {@code nn.functional.normalize}. */
  private static final double FLOOR = 1e-24;

  /** Distances are logarithmic, from -8 to 8 before the logarithm. */
  private static final float FARTHEST = 8;

  private static final double STRONGEST = 16;
  private static final long[] LAST = {2};

  private final Scope scope;
  private final Windows windows;
  private final int pretrained;
  private final int headCount;
  private final RelativePositions distances;
  private final Parameter sharpness;
  private final Parameter queryBias;
  private final Parameter valueBias;
  private final Linear hidden;
  private final Linear opinion;
  private final Linear qkv;
  private final WindowHeads heads;
  private final Linear proj;
  private Tensor coordinates;

  /**
   * Output channel of {@code qkv} = part * D + head * D/h + channel.
   *
   * @param pretrained side of the windows that distances are measured by; 0 for these windows' own
   */
  public CosineWindowAttention(Scope scope, int dim, int heads, Windows windows, int pretrained) {
    this.scope = scope;
    this.windows = windows;
    this.pretrained = pretrained;
    headCount = heads;
    distances = new RelativePositions(scope, windows.height(), windows.width(), false);
    sharpness = scope.parameter("logit_scale", Initializer.constant(Math.log(10)), heads, 1, 1);
    queryBias = scope.parameter("q_bias", Initializer.zeros(), dim);
    valueBias = scope.parameter("v_bias", Initializer.zeros(), dim);
    hidden = new Linear(scope.child("cpb_mlp").child(0), 2, HIDDEN);
    opinion = Linear.withoutBias(scope.child("cpb_mlp").child(2), HIDDEN, heads);
    qkv = Linear.withoutBias(scope.child("qkv"), dim, 3 * dim);
    this.heads = new WindowHeads(scope, heads, windows);
    proj = new Linear(scope.child("proj"), dim, dim);
  }

  /** From (B, R, C, D) to (B, R, C, D). */
  public Tensor forward(Tensor features) {
    Tensor bias = BiasedAttention.withoutKeys(queryBias.tensor(), valueBias.tensor());
    Tensor projected = qkv.forward(windows.cut(features), new TensorOptional(bias));
    return windows.join(proj.forward(heads.attend(projected, this::logits, positions())));
  }

  /** Scaling the products equals dividing queries and keys by their lengths first. */
  private Tensor logits(Tensor queries, Tensor keys) {
    long groups = queries.size(0) / headCount;
    Tensor sharp =
        torch
            .clamp_max(sharpness.tensor(), new Scalar(SHARPEST))
            .exp()
            .expand(groups, headCount, 1, 1)
            .reshape(groups * headCount, 1, 1);
    return queries
        .mul(inverseLength(queries).mul(sharp))
        .bmm(keys.mul(inverseLength(keys)).transpose(1, 2));
  }

  private static Tensor inverseLength(Tensor x) {
    Tensor squares = x.square().sum(LAST, true, new ScalarTypeOptional());
    return torch.clamp_min(squares, new Scalar(FLOOR)).rsqrt();
  }

  /** (h, N, N). */
  private Tensor positions() {
    if (coordinates == null) {
      try (PointerScope temporary = new PointerScope()) {
        coordinates = scope.keep(Tensors.of(coordinates(), scope.device(), 1, distances.size(), 2));
      }
    }
    Tensor known = coordinates.to(sharpness.tensor().scalar_type());
    Tensor table = opinion.forward(hidden.forward(known).relu()).squeeze(0);
    return distances.pairs(table.sigmoid().mul(new Scalar(STRONGEST)));
  }

  private float[] coordinates() {
    int height = windows.height();
    int width = windows.width();
    float[] all = new float[distances.size() * 2];
    int next = 0;
    for (int row = 1 - height; row < height; row++) {
      for (int column = 1 - width; column < width; column++) {
        all[next++] = coordinate(row, pretrained > 0 ? pretrained : height);
        all[next++] = coordinate(column, pretrained > 0 ? pretrained : width);
      }
    }
    return all;
  }

  /** Single precision throughout, as timm computes it. */
  private static float coordinate(int distance, int side) {
    float share = (float) distance / (side - 1) * FARTHEST;
    float logarithm = (float) (Math.log(Math.abs(share) + 1f) / Math.log(2));
    return Math.signum(share) * logarithm / 3f;
  }
}
