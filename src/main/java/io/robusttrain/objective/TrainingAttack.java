package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ProjectedGradientDescent;
import java.io.Serializable;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * How objectives attack while they train.
 *
 * @param descent the attack
 * @param mode how the model runs while it is attacked
 */
@Immutable
public record TrainingAttack(ProjectedGradientDescent descent, Mode mode) implements Serializable {
  /** How the model runs while it is attacked. */
  public enum Mode {
    /** With running statistics and without drop path: the model as it is deployed. */
    EVAL,
    /**
     * With batch statistics and drop path; each forward of the attack also moves the running
     * statistics. So the published checkpoints were trained.
     */
    TRAIN
  }

  /** The training forwards of one attack. A radius of 0 leaves nothing to attack. */
  public int trainingForwards(double radius) {
    return mode == Mode.TRAIN && radius > 0 ? descent.steps() : 0;
  }

  /** Attacks the step's clean images by the plain cross entropy of their labels. */
  public Pixels onLabels(StepContext step) {
    return on(step, logits -> CrossEntropy.sum(logits, step.targets().labels()));
  }

  /**
   * Attacks the step's clean images by another loss.
   *
   * @param loss gives the sum over the samples, a scalar, for logits (B, K)
   */
  public Pixels on(StepContext step, UnaryOperator<Tensor> loss) {
    UnaryOperator<Tensor> model = step.attackedModel(mode);
    return descent.climb(
        pixels -> loss.apply(model.apply(pixels)), step.clean(), step.radius(), step.noise());
  }
}
