package io.robusttrain.attack.pgd;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import java.io.Serializable;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Projected gradient ascent on the cross entropy, or another loss (Madry et al., 2018); one step of
 * it from a random start is the FGSM of fast adversarial training (Wong et al., 2020).
 *
 * <p>Linf steps are {@code x + a * sign(g)}, L2 steps {@code x + a * g / (|g| + 1e-10)}, both
 * projected, as is the start; g is the gradient of the summed loss, unsmoothed cross entropy unless
 * the caller gives another, with respect to the pixels alone; no parameter's gradient is computed
 * or changed. The step size a does not follow the radius when that is scheduled. Thread-safe.
 *
 * @param threat the norm, Linf or L2, and the largest radius
 * @param steps the number of gradient steps, at least 1
 * @param stepSize a, pixels being in [0,1], above 0 unless epsilon is 0; at most 2 in Linf
 * @param start where the ascent begins
 */
@Immutable
public record ProjectedGradientDescent(ThreatModel threat, int steps, double stepSize, Start start)
    implements Serializable {
  /** Where an ascent begins. */
  public enum Start {
    /**
     * At a random draw of mean 0. Linf: {@code x + U(-radius, radius) + 1e-5}, as the reference has
     * it. L2: {@code x + N(0, 1) * radius / sqrt(C * H * W)}, so that lengths before the projection
     * lie around the radius.
     */
    RANDOM,
    /**
     * As the reference's code has it. Linf: {@link #RANDOM}. L2: {@code x + N(-radius, radius) +
     * 1e-5}, every value of which has the mean -radius, so that all images begin near the same
     * darker point of the sphere.
     */
    REFERENCE,
    /** At the clean image. */
    CLEAN
  }

  /** Sees the gradient of each step before the step is taken. */
  @FunctionalInterface
  public interface Gradients {
    /** Sees none. */
    Gradients UNSEEN = gradient -> {};

    /**
     * Sees one.
     *
     * @param gradient float32 (B, C, H, W), borrowed for this call
     */
    void see(Tensor gradient);
  }

  private static final double START_OFFSET = 1e-5;
  private static final double STEP_RULE = 1.5;
  private static final double TINY = 1e-10;

  public ProjectedGradientDescent {
    if (steps < 1) {
      throw new IllegalArgumentException("attack steps must be at least 1: " + steps);
    }
    if (threat.norm() == Norm.L1) {
      throw new IllegalArgumentException("PGD knows Linf and L2; in L1 use apgd-ce");
    }
    double largest = threat.norm() == Norm.LINF ? 2 : Double.MAX_VALUE;
    if (!(stepSize > 0 && stepSize <= largest) && !(stepSize == 0 && threat.epsilon() == 0)) {
      throw new IllegalArgumentException(
          "attack step size must lie in (0, %s], pixels being in [0,1]: %s"
              .formatted(largest, stepSize));
    }
  }

  /** Steps of {@code 1.5 * epsilon / steps} from where evaluations start: in L2 the reference's. */
  public static ProjectedGradientDescent of(ThreatModel threat, int steps) {
    return new ProjectedGradientDescent(
        threat,
        steps,
        STEP_RULE * threat.epsilon() / steps,
        threat.norm() == Norm.L2 ? Start.REFERENCE : Start.RANDOM);
  }

  /** Steps of {@code 1.5 * epsilon / steps} from a random start in an Linf ball. */
  public static ProjectedGradientDescent linf(double epsilon, int steps) {
    return of(ThreatModel.linf(epsilon), steps);
  }

  /** One step of {@code 1.5 * epsilon} from a random start in an Linf ball. */
  public static ProjectedGradientDescent fgsm(double epsilon) {
    return linf(epsilon, 1);
  }

  /**
   * Attacks a batch.
   *
   * @param model the classifier under attack
   * @param pass how its forwards run, the same for each step
   * @param clean pixels (B, C, H, W)
   * @param labels int64 (B)
   * @param radius the radius of this epoch, 0 ... {@code threat().epsilon()}
   * @param noise the start's noise, uniform on [-1,1) for Linf and standard normal for L2; not
   *     drawn from when the radius is 0 or the start is clean
   * @return pixels (B, C, H, W) in the caller's {@code PointerScope}; {@code clean} itself, without
   *     any work, when the radius is 0
   */
  public Pixels perturb(
      Classifier model,
      ForwardPass pass,
      Pixels clean,
      Tensor labels,
      double radius,
      NoiseSource noise) {
    return perturb(pixels -> model.forward(pixels, pass), clean, labels, radius, noise);
  }

  /**
   * Attacks a batch through a function that may differ from step to step, as training forwards do.
   *
   * @param logits gives float32 (B, K) for float32 (B, C, H, W); called once for each step
   */
  public Pixels perturb(
      UnaryOperator<Tensor> logits, Pixels clean, Tensor labels, double radius, NoiseSource noise) {
    return climb(pixels -> CrossEntropy.sum(logits.apply(pixels), labels), clean, radius, noise);
  }

  /**
   * Climbs any loss from the start that this attack begins with.
   *
   * @param loss gives the sum of the samples' losses, a scalar, for float32 (B, C, H, W); called
   *     once for each step, with gradients recorded. Negated, the attack descends: a targeted one
   * @param clean pixels (B, C, H, W)
   * @param radius the radius of this epoch, 0 ... {@code threat().epsilon()}
   * @param noise as {@link #perturb} takes it
   * @return as {@link #perturb} returns it
   */
  public Pixels climb(UnaryOperator<Tensor> loss, Pixels clean, double radius, NoiseSource noise) {
    return climb(loss, clean, radius, noise, Gradients.UNSEEN);
  }

  /**
   * As {@link #climb(UnaryOperator, Pixels, double, NoiseSource)}, with a look at each gradient: a
   * value that is not a number has no sign, and would leave its pixel where it is.
   */
  public Pixels climb(
      UnaryOperator<Tensor> loss,
      Pixels clean,
      double radius,
      NoiseSource noise,
      Gradients gradients) {
    return climbFrom(
        origin -> startingPoint(origin, radius, noise), loss, clean, radius, gradients);
  }

  /**
   * Climbs any loss from a start of the caller's, such as the perturbation of an earlier step.
   *
   * @param start gives float32 (B, C, H, W) for the clean images; it is projected. Not called when
   *     the radius is 0
   * @param loss as {@link #climb} takes it
   */
  public Pixels climbFrom(
      UnaryOperator<Tensor> start, UnaryOperator<Tensor> loss, Pixels clean, double radius) {
    return climbFrom(start, loss, clean, radius, Gradients.UNSEEN);
  }

  /** As {@link #climbFrom(UnaryOperator, UnaryOperator, Pixels, double)}, with gradients seen. */
  public Pixels climbFrom(
      UnaryOperator<Tensor> start,
      UnaryOperator<Tensor> loss,
      Pixels clean,
      double radius,
      Gradients gradients) {
    if (radius == 0) {
      return clean;
    }
    Tensor point = new Tensor();
    try (PointerScope scope = new PointerScope();
        AutoGradMode recording = new AutoGradMode(true)) {
      Tensor origin = clean.tensor().detach();
      point.put(threat.project(start.apply(origin), origin, radius));
      for (int step = 0; step < steps; step++) {
        ascend(loss, point, origin, radius, gradients);
      }
    }
    return Pixels.projected(point);
  }

  /**
   * Where {@link #climb} begins, before it is projected.
   *
   * @param origin the clean images, float32 (B, C, H, W)
   * @param radius the radius of this epoch, above 0
   * @param noise as {@link #perturb} takes it
   * @return float32 (B, C, H, W) in the caller's {@code PointerScope}; the clean images themselves
   *     if the start is clean
   */
  public Tensor startingPoint(Tensor origin, double radius, NoiseSource noise) {
    return switch (start) {
      case CLEAN -> origin;
      case RANDOM ->
          threat.norm() == Norm.L2
              ? origin.add(
                  noise.unit(origin), new Scalar(radius / Math.sqrt((double) values(origin))))
              : moved(origin, noise.unit(origin), radius);
      case REFERENCE -> {
        Tensor unit = noise.unit(origin);
        yield moved(origin, threat.norm() == Norm.L2 ? unit.sub(new Scalar(1.0)) : unit, radius);
      }
    };
  }

  private static Tensor moved(Tensor origin, Tensor unit, double radius) {
    return origin.add(unit, new Scalar(radius)).add_(new Scalar(START_OFFSET));
  }

  /** The values of one image. */
  private static long values(Tensor batch) {
    return batch.numel() / batch.size(0);
  }

  /** One step; a scope of its own, or the activations of all steps would be alive at once. */
  private void ascend(
      UnaryOperator<Tensor> loss, Tensor point, Tensor origin, double radius, Gradients gradients) {
    try (PointerScope scope = new PointerScope()) {
      Tensor leaf = point.detach();
      leaf.set_requires_grad(true);
      TensorVector climbed = new TensorVector(loss.apply(leaf));
      Tensor gradient = torch.grad(climbed, new TensorVector(leaf)).get(0);
      gradients.see(gradient);
      Tensor moved = point.add(direction(gradient), new Scalar(stepSize));
      point.put(threat.project(moved, origin, radius));
    }
  }

  private Tensor direction(Tensor gradient) {
    if (threat.norm() == Norm.LINF) {
      return gradient.sign_();
    }
    Tensor length = Norm.L2.lengths(gradient).add_(new Scalar(TINY));
    return gradient.div_(length.view(-1, 1, 1, 1));
  }
}
