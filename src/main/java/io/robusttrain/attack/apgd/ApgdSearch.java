package io.robusttrain.attack.apgd;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.apgd.ApgdRun.Fallen;
import io.robusttrain.attack.apgd.ApgdRun.Loss;
import io.robusttrain.attack.apgd.ApgdRun.Steps;
import io.robusttrain.tensor.SeedKey;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * One APGD run with its random start, or the three runs of a shrinking radius, on the images that
 * still stand.
 *
 * @param settings norm, radius, iterations
 * @param loss what is climbed
 */
record ApgdSearch(ApgdSettings settings, Loss loss) {
  private static final double LARGE_RADIUS_SHARE = 0.3;

  /**
   * Attacks and records what fell.
   *
   * @param remaining the standing images of {@code survivors}
   * @param targets int64 (n), the classes to reach or the labels
   * @param key the key of this run
   */
  void attack(
      Victim victim, Survivors survivors, AttackBatch remaining, Tensor targets, SeedKey key) {
    try (PointerScope scope = new PointerScope()) {
      ApgdRun last =
          switch (settings.radius()) {
            case FIXED -> fixed(victim, remaining, targets, key);
            case SHRINKING -> shrinking(victim, remaining, targets, key);
          };
      survivors.record(last.broken(), last.adversarial());
    }
  }

  private ApgdRun fixed(Victim victim, AttackBatch batch, Tensor targets, SeedKey key) {
    Tensor start = RandomStart.inside(settings.threat(), batch, key);
    ApgdRun run = run(victim, Fallen.LEAVE, batch, targets, start);
    run.run(steps(), settings.threat().epsilon(), settings.iterations());
    return run;
  }

  private ApgdRun shrinking(Victim victim, AttackBatch batch, Tensor targets, SeedKey key) {
    double epsilon = settings.threat().epsilon();
    int share = (int) Math.ceil(LARGE_RADIUS_SHARE * settings.iterations());
    Tensor start = RandomStart.beforeShrinking(3 * epsilon, batch, key);
    ApgdRun widest = stage(victim, Fallen.GO_ON, batch, targets, start, 3 * epsilon, share);
    ApgdRun wide = stage(victim, Fallen.GO_ON, batch, targets, widest.best(), 2 * epsilon, share);
    return stage(
        victim,
        Fallen.LEAVE,
        batch,
        targets,
        wide.best(),
        epsilon,
        settings.iterations() - 2 * share);
  }

  private ApgdRun stage(
      Victim victim,
      Fallen fallen,
      AttackBatch batch,
      Tensor targets,
      Tensor from,
      double radius,
      int iterations) {
    Tensor start = ThreatModel.l1(radius).project(from, batch.clean(), radius);
    ApgdRun run = run(victim, fallen, batch, targets, start);
    run.run(SparseSteps::continuing, radius, iterations);
    return run;
  }

  private ApgdRun run(
      Victim victim, Fallen fallen, AttackBatch batch, Tensor targets, Tensor start) {
    return new ApgdRun(victim, loss, settings.gradientSamples(), fallen, batch, targets, start);
  }

  private Steps steps() {
    return switch (settings.threat().norm()) {
      case LINF -> LinfSteps::new;
      case L2 -> L2Steps::new;
      case L1 -> SparseSteps::fromNoise;
    };
  }
}
