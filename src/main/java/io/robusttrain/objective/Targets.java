package io.robusttrain.objective;

import io.robusttrain.tensor.Tensors;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What a micro-batch's images show. Borrows its tensors.
 *
 * @param labels int64 (B): the class, or the heavier one of a mixed image; what attacks and
 *     accuracy take
 * @param mixture the classes of mixed images; empty if there are none
 */
public record Targets(Tensor labels, Optional<Mixture> mixture) {
  /**
   * Two classes for each image.
   *
   * @param labels int64 (B)
   * @param partners int64 (B)
   * @param share of the labels, in [0,1]; the rest is the partners'
   */
  public record Mixture(Tensor labels, Tensor partners, double share) {
    public Mixture {
      if (!(share >= 0 && share <= 1)) {
        throw new IllegalArgumentException("a class's share must lie in [0,1]: " + share);
      }
    }

    private Tensor shares(Tensor logits, double smoothing) {
      Tensor own = smoothed(labels, logits, smoothing).mul(new Scalar(share));
      return own.add(smoothed(partners, logits, smoothing), new Scalar(1 - share));
    }
  }

  /** One class for each image: int64 (B). */
  public static Targets of(Tensor labels) {
    return new Targets(labels, Optional.empty());
  }

  /** The targets of mixed images; the heavier class of the two is the label. */
  public static Targets of(Mixture mixture) {
    return new Targets(
        mixture.share() >= 0.5 ? mixture.labels() : mixture.partners(), Optional.of(mixture));
  }

  /**
   * The share of each class. Smoothing is folded in: a class has {@code 1 - s + s/K} of itself and
   * {@code s/K} of all others.
   *
   * @param logits (B, K), whose shape and type the shares take
   * @param smoothing s
   * @return (B, K), rows summing to 1, in the caller's {@code PointerScope}
   */
  public Tensor shares(Tensor logits, double smoothing) {
    return Tensors.unrecorded(
        () ->
            mixture
                .map(mixed -> mixed.shares(logits, smoothing))
                .orElseGet(() -> smoothed(labels, logits, smoothing)));
  }

  private static Tensor smoothed(Tensor labels, Tensor logits, double smoothing) {
    double rest = smoothing / logits.size(1);
    Tensor shares = torch.full_like(logits.detach(), new Scalar(rest));
    return shares.scatter_(1, labels.unsqueeze(1), new Scalar(1 - smoothing + rest));
  }
}
