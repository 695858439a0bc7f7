package io.robusttrain.api;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.config.value.Epsilon;
import java.util.Locale;

/**
 * What an adversary may do: move an image by at most epsilon in a norm, inside the box [0,1] of all
 * images. Pixels are in [0,1], so that the field's usual radius is {@code 4/255} and not 4.
 * Immutable and thread-safe.
 *
 * <pre>{@code
 * Threat threat = Threat.linf("4/255");
 * }</pre>
 */
public final class Threat {
  private final ThreatModel model;

  private Threat(ThreatModel model) {
    this.model = model;
  }

  /**
   * All images within epsilon of the clean one in every value.
   *
   * @param epsilon such as {@code 4/255} or {@code 0.03}, in [0,1]
   * @throws RobustTrainException if it is none
   */
  public static Threat linf(String epsilon) {
    return parse(Norm.LINF, epsilon);
  }

  /** As {@link #linf(String)}, of a number such as {@code 4 / 255.0}. */
  public static Threat linf(double epsilon) {
    return of(Norm.LINF, epsilon);
  }

  /**
   * All images within a Euclidean distance of epsilon.
   *
   * @param epsilon such as {@code 0.5} or {@code 128/255}
   * @throws RobustTrainException if it is none
   */
  public static Threat l2(String epsilon) {
    return parse(Norm.L2, epsilon);
  }

  /** As {@link #l2(String)}, of a number. */
  public static Threat l2(double epsilon) {
    return of(Norm.L2, epsilon);
  }

  /**
   * All images whose absolute changes sum up to at most epsilon.
   *
   * @param epsilon such as {@code 12}
   * @throws RobustTrainException if it is none
   */
  public static Threat l1(String epsilon) {
    return parse(Norm.L1, epsilon);
  }

  /** As {@link #l1(String)}, of a number. */
  public static Threat l1(double epsilon) {
    return of(Norm.L1, epsilon);
  }

  private static Threat parse(Norm norm, String epsilon) {
    return of(norm, Failures.readable(() -> Epsilon.parse(norm, epsilon)));
  }

  private static Threat of(Norm norm, double epsilon) {
    return Failures.readable(() -> new Threat(new ThreatModel(norm, epsilon)));
  }

  ThreatModel model() {
    return model;
  }

  /** The norm's name: {@code linf}, {@code l2} or {@code l1}. */
  public String norm() {
    return model.norm().name().toLowerCase(Locale.ROOT);
  }

  /** The radius, pixels being in [0,1]. */
  public double epsilon() {
    return model.epsilon();
  }

  /** Such as {@code linf 4/255}. */
  @Override
  public String toString() {
    return norm() + " " + ThreatModel.text(model.epsilon());
  }
}
