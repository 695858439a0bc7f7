package io.robusttrain.evaluate.plan;

import io.robusttrain.attack.ThreatModel.Norm;
import java.util.List;

/**
 * What a user asks to be done with a model and its images, not checked against them.
 *
 * @param attacks a set or a comma-separated list
 * @param norm of the threat model
 * @param radii in order, at least one, none twice, pixels being in [0,1]
 * @param coverage which images each attack works on
 * @param seed of all random draws
 */
public record AttackRequest(
    String attacks, Norm norm, List<Double> radii, Coverage coverage, long seed) {
  public AttackRequest {
    radii = List.copyOf(radii);
    if (radii.isEmpty() || radii.stream().distinct().count() < radii.size()) {
      throw new EvaluationException("an evaluation needs one radius or more, none twice: " + radii);
    }
  }
}
