package io.robusttrain.attack.apgd;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.L1Projection;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Where APGD begins: at noise of exactly the radius in Linf and L2, at projected Gaussian noise in
 * L1, then clamped to the box. Keyed by image.
 */
final class RandomStart {
  private static final double TINY = 1e-12;

  private RandomStart() {}

  /**
   * Starting points inside ball and box.
   *
   * @param key the key of the run
   * @return float32 (B, C, H, W), in the caller's {@code PointerScope}
   */
  static Tensor inside(ThreatModel threat, AttackBatch batch, SeedKey key) {
    return Tensors.scoped(
        () -> {
          Tensor clean = batch.clean();
          Tensor noise =
              NoiseSource.startPerSample(threat.norm(), key, batch.imageIds()).unit(clean);
          Tensor delta =
              threat.norm() == Norm.L1
                  ? L1Projection.project(noise, clean, threat.epsilon())
                  : scaled(noise, threat);
          return Tensors.clamp(delta.add_(clean), 0, 1);
        });
  }

  /**
   * The start of a run with a shrinking radius, in the L1 ball of the given radius. As in the
   * reference, the noisy image itself is projected as if it were the change, so that the start lies
   * where the brightest values have become dark.
   */
  static Tensor beforeShrinking(double radius, AttackBatch batch, SeedKey key) {
    Tensor clean = batch.clean();
    NoiseSource noise = NoiseSource.normalPerSample(key, batch.imageIds());
    return Tensors.scoped(() -> L1Projection.project(noise.unit(clean).add_(clean), clean, radius));
  }

  private static Tensor scaled(Tensor noise, ThreatModel threat) {
    Tensor size = ApgdState.images(threat.norm().lengths(noise)).add_(new Scalar(TINY));
    return noise.div_(size).mul_(new Scalar(threat.epsilon()));
  }
}
