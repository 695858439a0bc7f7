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

  private static final double RISE = 0.01;

  /** In this ball every image can become grey: nothing can be robust. */
  private static final double EVERYTHING = 0.5;

  private Suspicions() {}

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
      if (after > before + RISE) {
        flags.add(
            new Flag(
                "rising-accuracy",
                "robust accuracy rises from %s at radius %s to %s at %s: the gradients are masked"
                    .formatted(
                        Figures.percent(before),
                        ThreatModel.text(sorted.get(i - 1).epsilon()),
                        Figures.percent(after),
                        ThreatModel.text(sorted.get(i).epsilon()))));
      }
    }
    Round largest = sorted.get(sorted.size() - 1);
    if (plan.norm() == Norm.LINF
        && largest.epsilon() >= EVERYTHING
        && largest.standing().length > 0) {
      flags.add(
          new Flag(
              "standing-at-every-radius",
              "%d images stand at radius %s, where every image can become grey: the gradients are masked"
                  .formatted(largest.standing().length, ThreatModel.text(largest.epsilon()))));
    }
    return flags;
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
              "square-beats-gradients",
              "Square, which sees no gradient, broke %d images that the attacks with gradients did not break at radius %s: the gradients may be masked, the number overstates the robustness"
                  .formatted(square.size(), ThreatModel.text(round.epsilon()))));
    }
  }
}
