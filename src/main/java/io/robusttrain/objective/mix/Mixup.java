package io.robusttrain.objective.mix;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import io.robusttrain.objective.Targets;
import io.robusttrain.objective.Weights;
import io.robusttrain.schedule.StrengthWarmup;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.Serializable;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * MixUp (Zhang et al., 2018) and CutMix (Yun et al., 2019) as timm mixes: each image of a
 * micro-batch with the one at the same place of the batch reversed, all with the same share. MixUp:
 * {@code share * x + (1 - share) * x'}. CutMix: a box of x' in x, and the share corrected to the
 * box as it was cut off by the border. Classes are mixed with the same share.
 *
 * @param alpha MixUp's share is drawn from Beta(alpha, alpha); 0: no MixUp
 * @param cutmixAlpha the same of CutMix
 * @param probability that a micro-batch is mixed
 * @param switchProbability of CutMix where both are on
 * @param offEpoch the first epoch without mixing; {@link Integer#MAX_VALUE}: never off
 * @param warmup by which the probability grows over the first epochs
 */
@Immutable
public record Mixup(
    double alpha,
    double cutmixAlpha,
    double probability,
    double switchProbability,
    int offEpoch,
    StrengthWarmup warmup)
    implements Serializable {
  public Mixup {
    Weights.require("alpha", alpha);
    Weights.require("cutmix-alpha", cutmixAlpha);
    if (alpha == 0 && cutmixAlpha == 0) {
      throw new IllegalArgumentException("mixing needs alpha or cutmix-alpha above 0");
    }
    if (!(probability >= 0 && probability <= 1)
        || !(switchProbability >= 0 && switchProbability <= 1)) {
      throw new IllegalArgumentException(
          "probabilities must lie in [0,1]: %s and %s".formatted(probability, switchProbability));
    }
  }

  /** Without a warm-up. */
  public Mixup(
      double alpha,
      double cutmixAlpha,
      double probability,
      double switchProbability,
      int offEpoch) {
    this(alpha, cutmixAlpha, probability, switchProbability, offEpoch, StrengthWarmup.NONE);
  }

  /**
   * A mixed micro-batch.
   *
   * @param pixels (B, C, H, W)
   * @param targets what they show
   */
  public record Mixed(Pixels pixels, Targets targets) {}

  /** What happens to one micro-batch. */
  public sealed interface Mixing {
    /** The micro-batch stays as it is. */
    record None() implements Mixing {}

    /** MixUp with a share of the image itself. */
    record Blend(double share) implements Mixing {}

    /** CutMix with a box of the partner: rows top to bottom - 1, columns left to right - 1. */
    record Cut(int top, int bottom, int left, int right) implements Mixing {}
  }

  /**
   * Draws and mixes.
   *
   * @param labels int64 (B)
   * @param key of the micro-batch
   * @param epoch counted from 0
   * @return in the caller's {@code PointerScope}; the batch as it is where nothing is mixed
   */
  public Mixed mix(Pixels pixels, Tensor labels, SeedKey key, long epoch) {
    if (epoch >= offEpoch) {
      return new Mixed(pixels, Targets.of(labels));
    }
    Tensor tensor = pixels.tensor();
    Mixing mixing = inEpoch(epoch).draw(key, (int) tensor.size(2), (int) tensor.size(3));
    return apply(mixing, pixels, labels);
  }

  /** This with the probability that the warm-up gives an epoch. */
  Mixup inEpoch(long epoch) {
    return new Mixup(
        alpha, cutmixAlpha, probability * warmup.at(epoch), switchProbability, offEpoch);
  }

  /** Mixes as drawn. */
  public static Mixed apply(Mixing mixing, Pixels pixels, Tensor labels) {
    Tensor tensor = pixels.tensor();
    if (mixing instanceof Mixing.Blend blend) {
      return mixed(blended(tensor, blend.share()), labels, blend.share());
    } else if (mixing instanceof Mixing.Cut cut) {
      double box = (double) (cut.bottom() - cut.top()) * (cut.right() - cut.left());
      double share = 1 - box / (tensor.size(2) * tensor.size(3));
      return mixed(pasted(tensor, cut), labels, share);
    }
    return new Mixed(pixels, Targets.of(labels));
  }

  /** What happens to the micro-batch of a key. */
  Mixing draw(SeedKey key, int height, int width) {
    SplittableRandom random = new SplittableRandom(key.value());
    if (random.nextDouble() >= probability) {
      return new Mixing.None();
    }
    boolean cut = cutmixAlpha > 0 && (alpha == 0 || random.nextDouble() < switchProbability);
    double share = new SymmetricBeta(cut ? cutmixAlpha : alpha).draw(random);
    return cut ? box(random, share, height, width) : new Mixing.Blend(share);
  }

  /** A box of a share of {@code 1 - share} around a random pixel, cut off by the border. */
  private static Mixing box(SplittableRandom random, double share, int height, int width) {
    double ratio = Math.sqrt(1 - share);
    int halfHeight = (int) (height * ratio) / 2;
    int halfWidth = (int) (width * ratio) / 2;
    int y = random.nextInt(height);
    int x = random.nextInt(width);
    return new Mixing.Cut(
        Math.max(0, y - halfHeight),
        Math.min(height, y + halfHeight),
        Math.max(0, x - halfWidth),
        Math.min(width, x + halfWidth));
  }

  private static Mixed mixed(Tensor tensor, Tensor labels, double share) {
    return new Mixed(
        Pixels.of(tensor), Targets.of(new Targets.Mixture(labels, labels.flip(0), share)));
  }

  private static Tensor blended(Tensor tensor, double share) {
    return Tensors.scoped(
        () -> {
          Tensor partner = tensor.flip(0).mul_(new Scalar(1 - share));
          // Rounding may lead out of [0,1].
          return Tensors.clamp(tensor.mul(new Scalar(share)).add_(partner), 0, 1);
        });
  }

  private static Tensor pasted(Tensor tensor, Mixing.Cut cut) {
    Tensor result = tensor.clone();
    try (PointerScope scope = new PointerScope()) {
      window(result, cut).copy_(window(tensor.flip(0), cut));
    }
    return result;
  }

  private static Tensor window(Tensor tensor, Mixing.Cut cut) {
    return tensor
        .narrow(2, cut.top(), cut.bottom() - cut.top())
        .narrow(3, cut.left(), cut.right() - cut.left());
  }
}
