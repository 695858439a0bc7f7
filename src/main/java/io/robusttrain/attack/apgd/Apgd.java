package io.robusttrain.attack.apgd;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.Victim;
import io.robusttrain.tensor.SeedKey;
import org.bytedeco.pytorch.Tensor;

/**
 * Auto-PGD (Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of
 * diverse parameter-free attacks", 2020): gradient ascent with momentum that chooses its step sizes
 * itself. Every restart works on the images that still stand; any misclassified iterate counts.
 *
 * @param loss what is climbed
 * @param settings norm, radius, iterations, restarts
 */
@Immutable
public record Apgd(Loss loss, ApgdSettings settings) implements EvaluationAttack {
  /** What APGD climbs. */
  public enum Loss {
    CE,
    /** The difference of logits ratio; needs 3 classes. */
    DLR;

    private Tensor of(Tensor logits, Tensor labels) {
      return switch (this) {
        case CE -> CrossEntropy.perSample(logits, labels);
        case DLR -> LogitsRatio.untargeted(logits, labels);
      };
    }
  }

  @Override
  public String name() {
    return switch (loss) {
      case CE -> "apgd-ce";
      case DLR -> "apgd-dlr";
    };
  }

  @Override
  public int leastClasses() {
    return switch (loss) {
      case CE -> 2;
      case DLR -> LogitsRatio.LEAST_CLASSES;
    };
  }

  @Override
  public AttackOutcome attack(Victim victim, AttackBatch batch) {
    ApgdSearch search =
        new ApgdSearch(settings, (logits, labels, targets) -> loss.of(logits, labels));
    Survivors survivors = new Survivors(victim, batch);
    SeedKey key = batch.key().with(name());
    search.attack(victim, survivors, settings.restarts(), new EachRestart(key));
    return survivors.outcome();
  }

  private record EachRestart(SeedKey key) implements ApgdSearch.Goals {
    @Override
    public Tensor targets(AttackBatch remaining, int run) {
      return remaining.labels();
    }

    @Override
    public SeedKey key(int run) {
      return key.with(run);
    }
  }
}
