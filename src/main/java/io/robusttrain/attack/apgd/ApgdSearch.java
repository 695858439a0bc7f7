package io.robusttrain.attack.apgd;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.apgd.ApgdRun.Fallen;
import io.robusttrain.attack.apgd.ApgdRun.Loss;
import io.robusttrain.attack.apgd.ApgdRun.Steps;
import io.robusttrain.tensor.SeedKey;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * APGD runs with their random starts, or the three runs of a shrinking radius each, on the images
 * that still stand: as many at once as the model's passes have room for.
 *
 * @param settings norm, radius, iterations
 * @param loss what is climbed
 */
record ApgdSearch(ApgdSettings settings, Loss loss) {
  private static final double LARGE_RADIUS_SHARE = 0.3;

  /** What each of several runs climbs to. */
  interface Goals {
    /**
     * The classes to reach, or the labels.
     *
     * @param run counted from 0
     * @return int64 (n)
     */
    Tensor targets(AttackBatch remaining, int run);

    /** The key of a run. */
    SeedKey key(int run);
  }

  /**
   * Attacks and records what fell.
   *
   * @param runs how many there are, one after the other as far as survivors are concerned
   */
  void attack(Victim victim, Survivors survivors, int runs, Goals goals) {
    survivors.attack(
        runs,
        (remaining, first, count) -> {
          ApgdRun last = attack(victim, remaining, first, count, goals);
          return new Survivors.Attempt(last.broken(), last.adversarial());
        });
  }

  private ApgdRun attack(Victim victim, AttackBatch remaining, int first, int count, Goals goals) {
    TensorVector targets = new TensorVector();
    TensorVector starts = new TensorVector();
    for (int run = first; run < first + count; run++) {
      targets.push_back(goals.targets(remaining, run));
      starts.push_back(start(remaining, goals.key(run)));
    }
    AttackBatch all = remaining.times(count);
    Tensor start = torch.cat(starts, 0);
    return switch (settings.radius()) {
      case FIXED -> fixed(victim, all, torch.cat(targets, 0), start);
      case SHRINKING -> shrinking(victim, all, torch.cat(targets, 0), start);
    };
  }

  private Tensor start(AttackBatch batch, SeedKey key) {
    return switch (settings.radius()) {
      case FIXED -> RandomStart.inside(settings.threat(), batch, key);
      case SHRINKING -> RandomStart.beforeShrinking(3 * settings.threat().epsilon(), batch, key);
    };
  }

  private ApgdRun fixed(Victim victim, AttackBatch batch, Tensor targets, Tensor start) {
    ApgdRun run = run(victim, Fallen.LEAVE, batch, targets, start);
    run.run(steps(), settings.threat().epsilon(), settings.iterations());
    return run;
  }

  private ApgdRun shrinking(Victim victim, AttackBatch batch, Tensor targets, Tensor start) {
    double epsilon = settings.threat().epsilon();
    int share = (int) Math.ceil(LARGE_RADIUS_SHARE * settings.iterations());
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
