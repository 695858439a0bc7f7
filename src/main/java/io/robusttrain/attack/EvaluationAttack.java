package io.robusttrain.attack;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;

/**
 * An attack that measures robustness. Every random draw is keyed by the batch's key, the attack and
 * the image's id, so that an image's draws depend neither on its batch nor on its executor.
 * Implementations are immutable and thread-safe.
 */
@Immutable
public interface EvaluationAttack extends Serializable {
  /** The attack's name in configurations and results, such as {@code apgd-ce}. */
  String name();

  /** The smallest number of classes that the attack's loss is defined for. */
  default int leastClasses() {
    return 2;
  }

  /**
   * Attacks each image of a batch that the model still classifies correctly.
   *
   * @param victim the model under attack
   * @param batch the images, labels and keys; borrowed
   * @return which images broke, and by which pixels; in the caller's {@code PointerScope}
   * @throws IllegalArgumentException if the attack does not fit the model, such as a loss that
   *     needs more classes
   */
  AttackOutcome attack(Victim victim, AttackBatch batch);
}
