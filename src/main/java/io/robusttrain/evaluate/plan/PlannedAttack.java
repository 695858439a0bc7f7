package io.robusttrain.evaluate.plan;

import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.base.Figures;

/**
 * A stage: one attack at one radius.
 *
 * @param number of the stage, from 1; the clean stage is 0
 * @param round index of the radius
 * @param epsilon the radius
 * @param attack what is done
 */
public record PlannedAttack(int number, int round, double epsilon, EvaluationAttack attack) {
  /** The name of the stage's directory. */
  public String id() {
    return Figures.format("%02d-%s-%.6g", number, attack.name(), epsilon);
  }

  /** The attack and its radius in words, such as {@code apgd-ce at 4/255}. */
  public String words() {
    return attack.name() + " at " + ThreatModel.text(epsilon);
  }
}
