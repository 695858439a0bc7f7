package io.robusttrain.evaluate.result;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.square.SquareAttack;
import io.robusttrain.base.Figures;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the outcomes of attacks say about the attacks: signs of masked gradients. */
public final class Suspicions {
  /** AutoAttack's share of images that only Square breaks. */
  private static final double SQUARE_SHARE = 0.002;

  /** One percentage point. */
  private static final double RISE = 0.01;

  /**
   * As many images. If attacks of equal strength differ in r images, r is chance until it is more
   * than three times its root.
   */
  private static final int CHANCE = 9;

  /** In this ball every image can become grey: nothing can be robust. */
  private static final double EVERYTHING = 0.5;

  private static final String SQUARE = "square-beats-gradients";
  private static final String RISING = "rising-accuracy";
  private static final String STANDING = "standing-at-every-radius";

  private Suspicions() {}

  /** Whether a flag of a result was raised here, by its code. */
  public static boolean raised(String code) {
    return List.of(SQUARE, RISING, STANDING).contains(code);
  }

  /**
   * Whether a stronger attack left more images standing than chance explains: more than a
   * percentage point, and more than nine images.
   *
   * @param before robust accuracy under the weaker attack, in [0,1]
   * @param after that under the stronger one, on the same images
   */
  public static boolean rises(double before, double after, int images) {
    double rise = after - before;
    return rise > RISE && rise * images > CHANCE;
  }

  /**
   * What the attacks of an evaluation did that attacks on a model with honest gradients do not.
   *
   * @param rounds one or more, of different radii
   */
  public static List<Flag> of(EvaluationPlan plan, CleanOutcome clean, List<Round> rounds) {
    List<Flag> flags = new ArrayList<>();
    for (Round round : rounds) {
      squareBeatsGradients(clean, round, flags);
    }
    List<Round> sorted =
        rounds.stream().sorted(Comparator.comparingDouble(Round::epsilon)).toList();
    for (int i = 1; i < sorted.size(); i++) {
      double before = sorted.get(i - 1).robustAccuracy();
      double after = sorted.get(i).robustAccuracy();
      if (rises(before, after, clean.count())) {
        flags.add(
            new Flag(
                RISING,
                "robust accuracy rises from %s at radius %s to %s at %s: a sign of masked gradients"
                    .formatted(
                        Figures.percent(before),
                        text(sorted.get(i - 1)),
                        Figures.percent(after),
                        text(sorted.get(i)))));
      }
    }
    Round largest = sorted.get(sorted.size() - 1);
    if (plan.norm() == Norm.LINF
        && largest.epsilon() >= EVERYTHING
        && largest.standing().length > 0) {
      flags.add(
          new Flag(
              STANDING,
              "%d images stand at radius %s, where every image can become grey: the gradients are masked"
                  .formatted(largest.standing().length, ThreatModel.text(largest.epsilon()))));
    }
    return flags;
  }

  private static String text(Round round) {
    return round.epsilon() == 0 ? "0" : ThreatModel.text(round.epsilon());
  }

  private static void squareBeatsGradients(CleanOutcome clean, Round round, List<Flag> flags) {
    Set<Integer> gradient = new TreeSet<>();
    Set<Integer> square = new TreeSet<>();
    boolean gradients = false;
    for (StageOutcome stage : round.stages()) {
      boolean random = stage.stage().attack() instanceof SquareAttack;
      gradients |= !random;
      Set<Integer> found = random ? square : gradient;
      for (int row : stage.brokenRows()) {
        found.add(row);
      }
    }
    square.removeAll(gradient);
    if (gradients && square.size() > SQUARE_SHARE * clean.count()) {
      flags.add(
          new Flag(
              SQUARE,
              "Square, which sees no gradient, broke %d images that the attacks with gradients did not break at radius %s: the gradients may be masked, the number overstates the robustness"
                  .formatted(square.size(), ThreatModel.text(round.epsilon()))));
    }
  }
}
