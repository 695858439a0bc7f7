package io.robusttrain.attack.apgd;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.L1Projection;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.tensor.SeedKey;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
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
    Tensor result = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = batch.clean();
      Tensor delta =
          switch (threat.norm()) {
            case LINF -> scaled(uniform(batch, key), Reach.LARGEST, threat.epsilon());
            case L2 -> scaled(normal(batch, key), Reach.LENGTH, threat.epsilon());
            case L1 -> L1Projection.project(normal(batch, key), clean, threat.epsilon());
          };
      result.put(
          delta
              .add_(clean)
              .clamp_(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0))));
    }
    return result;
  }

  /**
   * The start of a run with a shrinking radius, in the L1 ball of the given radius. As in the
   * reference, the noisy image itself is projected as if it were the change, so that the start lies
   * where the brightest values have become dark.
   */
  static Tensor beforeShrinking(double radius, AttackBatch batch, SeedKey key) {
    Tensor result = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = batch.clean();
      Tensor noisy = normal(batch, key).add_(clean);
      result.put(L1Projection.project(noisy, clean, radius));
    }
    return result;
  }

  private enum Reach {
    LARGEST,
    LENGTH
  }

  private static Tensor scaled(Tensor noise, Reach reach, double radius) {
    Tensor values = noise.flatten(1, -1);
    Tensor size =
        switch (reach) {
          case LARGEST -> values.abs().amax(new long[] {1}, false);
          case LENGTH -> values.square().sum(1).sqrt();
        };
    return noise.div_(ApgdState.images(size).add_(new Scalar(TINY))).mul_(new Scalar(radius));
  }

  private static Tensor uniform(AttackBatch batch, SeedKey key) {
    return NoiseSource.perSample(key, batch.imageIds()).unit(batch.clean());
  }

  private static Tensor normal(AttackBatch batch, SeedKey key) {
    return NoiseSource.normalPerSample(key, batch.imageIds()).unit(batch.clean());
  }
}
