package io.robusttrain.attack.pgd;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.Rows;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.Victim;
import io.robusttrain.tensor.SeedKey;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Projected gradient descent as an evaluation: each restart on the images that still stand. As in
 * the PGD tables of the field, only the last iterate of a run counts.
 *
 * @param descent the attack of one run
 * @param restarts the number of runs, at least 1
 */
@Immutable
public record PgdAttack(ProjectedGradientDescent descent, int restarts)
    implements EvaluationAttack {
  public PgdAttack {
    if (restarts < 1) {
      throw new IllegalArgumentException("PGD's restarts must be at least 1: " + restarts);
    }
  }

  /** Steps of {@code 1.5 * epsilon / steps} from a random start. */
  public static PgdAttack of(ThreatModel threat, int steps, int restarts) {
    return new PgdAttack(ProjectedGradientDescent.of(threat, steps), restarts);
  }

  /** One step of {@code 1.5 * epsilon} from a random start. */
  public static PgdAttack fgsm(ThreatModel threat) {
    return of(threat, 1, 1);
  }

  /** {@code fgsm} for one step, else {@code pgd-} and the steps, with {@code x} and restarts. */
  @Override
  public String name() {
    String name = descent.steps() == 1 ? "fgsm" : "pgd-" + descent.steps();
    return restarts == 1 ? name : name + "x" + restarts;
  }

  @Override
  public AttackOutcome attack(Victim victim, AttackBatch batch) {
    Survivors survivors = new Survivors(victim, batch);
    for (int restart = 0; restart < restarts && !survivors.none(); restart++) {
      try (PointerScope scope = new PointerScope()) {
        tryOnce(victim, survivors, restart);
      }
    }
    return survivors.outcome();
  }

  /**
   * One run on images, whatever the model says of them.
   *
   * @param restart number of the run, from 0
   * @return where it ended, (B, C, H, W) in the caller's {@code PointerScope}
   */
  public Pixels run(Victim victim, AttackBatch batch, int restart) {
    SeedKey key = batch.key().with("pgd").with(descent.steps()).with(restart);
    NoiseSource noise = NoiseSource.startPerSample(descent.threat().norm(), key, batch.imageIds());
    return descent.perturb(
        victim::forward,
        Pixels.projected(batch.clean()),
        batch.labels(),
        descent.threat().epsilon(),
        noise);
  }

  private void tryOnce(Victim victim, Survivors survivors, int restart) {
    AttackBatch remaining = survivors.remaining();
    Pixels moved = run(victim, remaining, restart);
    victim.countBackward((long) descent.steps() * remaining.count());
    Tensor predicted = victim.predictions(moved.tensor());
    survivors.record(Rows.flags(predicted.ne(remaining.labels())), moved.tensor());
  }
}
