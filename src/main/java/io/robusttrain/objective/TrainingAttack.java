package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.tensor.Tensors;
import java.io.Serializable;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * How objectives attack while they train.
 *
 * @param descent the attack
 * @param mode how the model runs while it is attacked
 * @param target which class {@link #onLabels} drives images to
 * @param memory whether it goes on from the step before
 */
@Immutable
public record TrainingAttack(
    ProjectedGradientDescent descent, Mode mode, AttackTarget target, Memory memory)
    implements Serializable {
  /** How the model runs while it is attacked. */
  public enum Mode {
    /** With running statistics and without drop path: the model as it is deployed. */
    EVAL,
    /**
     * With batch statistics and drop path; each forward of the attack also moves the running
     * statistics. So the published checkpoints were trained.
     */
    TRAIN;

    /** The forward that attacks in this mode go through. */
    public UnaryOperator<Tensor> model(StepContext step) {
      return switch (this) {
        case EVAL -> step::attackEvalForward;
        case TRAIN -> step::attackForward;
      };
    }
  }

  /** What an attack knows of the step before. */
  public enum Memory {
    /** The attack starts anew in every step. */
    NONE,
    /**
     * The perturbation that the same place of the previous step ended with, of other images, from
     * which it starts (Wong et al., Fast is better than free, 2020). The first step of an epoch
     * starts as {@code descent} says, and so does one with a radius of 0 or more images before it.
     */
    PREVIOUS
  }

  /** An untargeted attack that starts as it says. */
  public TrainingAttack(ProjectedGradientDescent descent, Mode mode) {
    this(descent, mode, AttackTarget.NONE, Memory.NONE);
  }

  /** The training forwards of {@link #onLabels}. A radius of 0 leaves nothing to attack. */
  public int trainingForwards(double radius) {
    int prediction = target == AttackTarget.LEAST_LIKELY ? 1 : 0;
    return mode == Mode.TRAIN && radius > 0 ? descent.steps() + prediction : 0;
  }

  /** The training forwards of {@link #onPredictions}. */
  public int predictionForwards(double radius) {
    return mode == Mode.TRAIN && radius > 0 ? descent.steps() + 1 : 0;
  }

  /**
   * Attacks the step's clean images by the plain cross entropy: away from their labels, or towards
   * the target classes.
   */
  public Pixels onLabels(StepContext step) {
    Tensor labels = step.targets().labels();
    return switch (target) {
      case NONE -> on(step, logits -> CrossEntropy.sum(logits, labels));
      case RANDOM, RANDOM_OR_LABEL ->
          on(
              step,
              logits ->
                  towards(logits, target.draw(step.key("attack-target"), labels, logits.size(1))));
      case LEAST_LIKELY -> {
        if (step.radius() == 0) {
          yield step.clean();
        }
        Tensor least = AttackTarget.leastLikely(prediction(step), labels);
        yield on(step, logits -> towards(logits, least));
      }
    };
  }

  /**
   * Attacks the step's clean images by the divergence from the model's own clean prediction, {@code
   * KL(softmax(f(x)) || softmax(f(x')))}; no label is asked. At the clean image itself this has no
   * gradient: the attack must start at random.
   */
  public Pixels onPredictions(StepContext step) {
    if (step.radius() == 0) {
      return step.clean();
    }
    Tensor clean = prediction(step).log_softmax(1);
    return on(step, logits -> Divergence.sum(logits.log_softmax(1), clean));
  }

  /**
   * Attacks the step's clean images by another loss.
   *
   * @param loss gives the sum over the samples, a scalar, for logits (B, K)
   */
  public Pixels on(StepContext step, UnaryOperator<Tensor> loss) {
    UnaryOperator<Tensor> model = mode.model(step);
    UnaryOperator<Tensor> climbed = pixels -> loss.apply(model.apply(pixels));
    Pixels clean = step.clean();
    Optional<Tensor> before =
        memory == Memory.PREVIOUS
            ? step.remembered().filter(delta -> delta.size(0) >= clean.count())
            : Optional.empty();
    Pixels attacked =
        descent.climbFrom(
            origin ->
                before.isPresent()
                    ? again(step, origin, before.get().narrow(0, 0, clean.count()))
                    : anew(step, origin),
            climbed,
            clean,
            step.radius());
    if (memory == Memory.PREVIOUS && step.radius() > 0) {
      remember(step, attacked);
    }
    return attacked;
  }

  /** A start with the perturbation of the step before. */
  private Tensor again(StepContext step, Tensor origin, Tensor before) {
    Tensor start = origin.add(before);
    return sharesRadius() ? step.onKeptPatches(start) : start;
  }

  /** A start as the attack says, as far from the clean images as if all patches were there. */
  private Tensor anew(StepContext step, Tensor origin) {
    Tensor start = descent.startingPoint(origin, step.radius(), noise(step));
    if (!sharesRadius() || step.keptShare() == 1) {
      return start;
    }
    Scalar stretch = new Scalar(1 / Math.sqrt(step.keptShare()));
    return step.onKeptPatches(origin.add(start.sub(origin), stretch));
  }

  /** Whether what one value is changed by is lost to the others. */
  private boolean sharesRadius() {
    return descent.threat().norm() != Norm.LINF;
  }

  private NoiseSource noise(StepContext step) {
    return descent.threat().norm() == Norm.LINF
        ? step.noise()
        : NoiseSource.normalPerBatch(step.key("attack-noise"));
  }

  private Tensor prediction(StepContext step) {
    return Tensors.unrecorded(() -> mode.model(step).apply(step.clean().tensor()));
  }

  private static Tensor towards(Tensor logits, Tensor classes) {
    return CrossEntropy.sum(logits, classes).neg();
  }

  private static void remember(StepContext step, Pixels attacked) {
    try (PointerScope scope = new PointerScope()) {
      // A gradient that is no number must not spoil the rest of the epoch.
      step.remember(attacked.tensor().sub(step.clean().tensor()).nan_to_num_());
    }
  }
}
