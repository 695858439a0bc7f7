package io.robusttrain.attack.apgd;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.Victim;
import io.robusttrain.tensor.SeedKey;
import org.bytedeco.pytorch.Tensor;

/**
 * Auto-PGD on the targeted difference of logits ratio (Croce and Hein, 2020): for each image the
 * classes that follow the first one in the order of its clean logits, one after the other, each on
 * the images that still stand. Needs 4 classes.
 *
 * @param targets how many classes are tried, or all others if the model has fewer
 * @param settings norm, radius, iterations, restarts for each target
 */
@Immutable
public record TargetedApgd(int targets, ApgdSettings settings) implements EvaluationAttack {
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
  public int leastClasses() {
    return LogitsRatio.LEAST_CLASSES_TARGETED;
  }

  @Override
  public AttackOutcome attack(Victim victim, AttackBatch batch) {
    ApgdSearch search = new ApgdSearch(settings, LogitsRatio::targeted);
    Survivors survivors = new Survivors(victim, batch);
    SeedKey key = batch.key().with(name());
    int last = Math.min(targets, batch.classes() - 1);
    search.attack(
        victim, survivors, last * settings.restarts(), new EachTarget(key, settings.restarts()));
    return survivors.outcome();
  }

  /** All restarts for the first target, then those for the next one. */
  private record EachTarget(SeedKey key, int restarts) implements ApgdSearch.Goals {
    private int rank(int run) {
      return 1 + run / restarts;
    }

    @Override
    public Tensor targets(AttackBatch remaining, int run) {
      return remaining.targets(rank(run));
    }

    @Override
    public SeedKey key(int run) {
      return key.with(rank(run)).with(run % restarts);
    }
  }
}
