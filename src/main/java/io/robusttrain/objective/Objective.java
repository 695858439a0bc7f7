package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import java.io.Serializable;
import java.util.Optional;

/**
 * What training minimises: how the images of a micro-batch are attacked, and a loss. Each objective
 * is a small class of its own that owns its computation; {@link MicroBatchStep} weights the loss,
 * runs the backward pass and takes the times.
 *
 * <p>Immutable and thread-safe: replicas share one instance; what a step needs comes with its
 * {@link StepContext}, and so does every random draw. An {@link ObjectiveWrapper} hands on to
 * another objective what it does not change.
 */
@Immutable
public interface Objective extends Serializable {
  /**
   * The training forwards of one micro-batch, those of the attack included: each moves the running
   * statistics of batch norm, and one more than announced is an error.
   *
   * @param radius the radius of the attack in this epoch
   */
  StatisticsUpdates statisticsUpdates(double radius);

  /** The training forwards of a loss whose activations are kept until its backward pass. */
  default int keptForwards() {
    return 1;
  }

  /** Vectors as large as the model's that a step holds beside its values and gradients. */
  default int furtherVectors() {
    return 0;
  }

  /** How many steps in a row train on the same samples; 1 unless the objective replays them. */
  default int replays() {
    return 1;
  }

  /**
   * What takes this objective's place in steps that are to be reinforced: itself, unless there is a
   * stronger attack. It asks the same {@link #frozenModel()}. Only the outermost objective is
   * asked.
   */
  default Objective reinforced() {
    return this;
  }

  /** A trained model that the loss asks; found in {@link StepContext#frozen()}. */
  default Optional<FrozenModel> frozenModel() {
    return Optional.empty();
  }

  /**
   * Changes images and targets before anything else; the step as it is unless they are mixed.
   *
   * @return what {@link #attack} and {@link #loss} receive
   */
  default StepContext prepare(StepContext step) {
    return step;
  }

  /**
   * The images that the loss is about; the clean ones unless the objective attacks. No gradient of
   * a parameter may be computed or changed.
   *
   * @return pixels (B, C, H, W) in the caller's {@code PointerScope}
   */
  default Pixels attack(StepContext step) {
    return step.clean();
  }

  /**
   * The loss, with a graph that leads to the parameters.
   *
   * @param attacked what {@link #attack} returned
   * @return the mean over the samples; in the caller's {@code PointerScope}, backward not yet run
   */
  StepLoss loss(StepContext step, Pixels attacked);
}
