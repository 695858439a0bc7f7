package io.robusttrain.attack;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.tensor.SeedKey;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Auto-PGD on the targeted difference of logits ratio (Croce and Hein, 2020): for each image the
 * classes that follow the first one in the order of its clean logits, one after the other, each on
 * the images that still stand. Needs 4 classes.
 *
 * @param targets how many classes are tried; at most one less than the model has
 * @param settings norm, radius, iterations, restarts for each target
 */
@Immutable
public record TargetedApgd(int targets, ApgdSettings settings) implements EvaluationAttack {
  /** Checks the arguments. */
  public TargetedApgd {
    if (targets < 1) {
      throw new IllegalArgumentException("apgd-t needs at least 1 target class: " + targets);
    }
  }

  @Override
  public String name() {
    return "apgd-t";
  }

  @Override
  public AttackOutcome attack(Victim victim, AttackBatch batch) {
    if (targets >= batch.classes()) {
      throw new IllegalArgumentException(
          "apgd-t has %d target classes, the model has %d classes: use at most %d targets"
              .formatted(targets, batch.classes(), batch.classes() - 1));
    }
    ApgdSearch search = new ApgdSearch(settings, LogitsRatio::targeted);
    Survivors survivors = new Survivors(victim, batch);
    SeedKey key = batch.key().with(name());
    for (int rank = 1; rank <= targets; rank++) {
      for (int restart = 0; restart < settings.restarts() && !survivors.none(); restart++) {
        try (PointerScope scope = new PointerScope()) {
          AttackBatch remaining = survivors.remaining();
          Tensor goal = remaining.targets(rank);
          search.attack(victim, survivors, remaining, goal, key.with(rank).with(restart));
        }
      }
    }
    return survivors.outcome();
  }
}
