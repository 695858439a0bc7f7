package io.robusttrain.attack.fab;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Rows;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.Victim;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * FAB and FAB-T (Croce and Hein, 2020): looks for the nearest misclassified image and counts it if
 * it lies within epsilon. Thread-safe.
 *
 * <p>Cost for each image: FAB takes {@code iterations} times two forward passes and K backward
 * passes, K being the number of classes; FAB-T, for each target, {@code iterations} times two
 * forward passes and one backward pass.
 *
 * @param threat the norm that is minimised, and the largest distance that counts
 * @param aim where the boundary is looked for
 * @param iterations steps of each run, at least 1
 * @param restarts runs, or runs for each target, at least 1; the first starts at the clean image,
 *     the others at random within half of epsilon
 */
@Immutable
public record FastAdaptiveBoundary(ThreatModel threat, Aim aim, int iterations, int restarts)
    implements EvaluationAttack {
  /** Where the boundary is looked for. */
  public enum Aim {
    /** Towards whichever class is nearest at each step. */
    NEAREST_CLASS,
    /** Towards each of the nine likeliest other classes of the clean image, in that order. */
    LIKELIEST_CLASSES
  }

  private static final int TARGETS = 9;
  private static final int ITERATIONS = 100;

  public FastAdaptiveBoundary {
    if (iterations < 1 || restarts < 1) {
      throw new IllegalArgumentException(
          "FAB needs at least 1 iteration and 1 restart: %d, %d".formatted(iterations, restarts));
    }
  }

  /** FAB with 100 iterations. */
  public static FastAdaptiveBoundary fab(ThreatModel threat, int restarts) {
    return new FastAdaptiveBoundary(threat, Aim.NEAREST_CLASS, ITERATIONS, restarts);
  }

  /** FAB-T with 100 iterations, nine targets and one run for each, as AutoAttack has it. */
  public static FastAdaptiveBoundary targeted(ThreatModel threat) {
    return new FastAdaptiveBoundary(threat, Aim.LIKELIEST_CLASSES, ITERATIONS, 1);
  }

  @Override
  public String name() {
    return switch (aim) {
      case NEAREST_CLASS -> "fab";
      case LIKELIEST_CLASSES -> "fab-t";
    };
  }

  /** How many runs an image takes that stands to the end, given the model's number of classes. */
  public int runs(int classes) {
    return targets(classes) * restarts;
  }

  private int targets(int classes) {
    return switch (aim) {
      case NEAREST_CLASS -> 1;
      case LIKELIEST_CLASSES -> Math.min(TARGETS, classes - 1);
    };
  }

  @Override
  public AttackOutcome attack(Victim victim, AttackBatch batch) {
    Survivors survivors = new Survivors(victim, batch);
    survivors.attack(
        runs(batch.classes()), (standing, first, count) -> search(victim, standing, first, count));
    return survivors.outcome();
  }

  /** Several runs at once: the restarts for the first target, then those for the next one. */
  private Survivors.Attempt search(Victim victim, AttackBatch standing, int first, int count) {
    TensorVector starts = new TensorVector();
    TensorVector targets = new TensorVector();
    for (int run = first; run < first + count; run++) {
      int rank = 1 + run / restarts;
      starts.push_back(start(standing, rank, run % restarts));
      targets.push_back(standing.targets(rank));
    }
    AttackBatch all = standing.times(count);
    Boundary boundary =
        switch (aim) {
          case NEAREST_CLASS -> new NearestBoundary(victim, threat.norm(), all.labels());
          case LIKELIEST_CLASSES ->
              new TargetedBoundary(victim, all.labels(), torch.cat(targets, 0));
        };
    BoundarySearch.Found found =
        new BoundarySearch(threat, iterations)
            .run(victim, boundary, all.clean(), all.labels(), torch.cat(starts, 0));
    return new Survivors.Attempt(
        Rows.flags(found.distances().le(new Scalar(threat.epsilon()))), found.pixels());
  }

  private Tensor start(AttackBatch standing, int rank, int restart) {
    Tensor clean = standing.clean();
    if (restart == 0) {
      return clean;
    }
    SeedKey key = standing.key().with(name()).with(rank).with(restart);
    Tensor noise = NoiseSource.startPerSample(threat.norm(), key, standing.imageIds()).unit(clean);
    Tensor length = threat.norm().lengths(noise).view(-1, 1, 1, 1);
    noise.mul_(new Scalar(0.5 * threat.epsilon())).div_(length);
    return Tensors.clamp(noise.add_(clean), 0, 1);
  }
}
