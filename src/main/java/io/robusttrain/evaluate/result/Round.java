package io.robusttrain.evaluate.result;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * All attacks at one radius: the worst case of each image over them. Filled stage by stage by one
 * thread.
 */
public final class Round {
  private static final int STANDS = -1;
  private static final int MISCLASSIFIED = -2;

  private final double epsilon;
  private final CleanOutcome clean;
  private final List<StageOutcome> stages = new ArrayList<>();
  private final List<Integer> standingAfter = new ArrayList<>();
  private final int[] brokenBy;
  private final int[] indexInStage;

  public Round(double epsilon, CleanOutcome clean) {
    this.epsilon = epsilon;
    this.clean = clean;
    brokenBy = new int[clean.count()];
    indexInStage = new int[clean.count()];
    Arrays.fill(brokenBy, MISCLASSIFIED);
    for (int row : clean.correct()) {
      brokenBy[row] = STANDS;
    }
  }

  public double epsilon() {
    return epsilon;
  }

  public List<StageOutcome> stages() {
    return stages;
  }

  /** The images that stand, ascending. */
  public int[] standing() {
    return IntStream.range(0, brokenBy.length).filter(this::stands).toArray();
  }

  public boolean stands(int row) {
    return brokenBy[row] == STANDS;
  }

  public void add(StageOutcome outcome) {
    for (int i = 0; i < outcome.rows().length; i++) {
      int row = outcome.rows()[i];
      if (outcome.broken()[i] && stands(row)) {
        brokenBy[row] = stages.size();
        indexInStage[row] = i;
      }
    }
    stages.add(outcome);
    standingAfter.add(standing().length);
  }

  /** The images that stood after a stage and all before it. */
  public int standingAfter(int stage) {
    return standingAfter.get(stage);
  }

  /** Fraction of all images; a misclassified clean image counts as broken. */
  public double robustAccuracy() {
    return standing().length / (double) clean.count();
  }

  /** {@code clean} if it was misclassified, the first attack that broke it, or empty. */
  public String brokenBy(int row) {
    return switch (brokenBy[row]) {
      case STANDS -> "";
      case MISCLASSIFIED -> "clean";
      default -> stages.get(brokenBy[row]).stage().attack().name();
    };
  }

  /** The size of the perturbation that broke an image; 0 for a misclassified clean one. */
  public double size(int row) {
    return brokenBy[row] < 0 ? 0 : stages.get(brokenBy[row]).sizes()[indexInStage[row]];
  }

  /** What the model says: to the perturbed image if it broke, else to the clean one. */
  public int prediction(int row) {
    return brokenBy[row] < 0
        ? clean.predictions()[row]
        : stages.get(brokenBy[row]).predictions()[indexInStage[row]];
  }
}
