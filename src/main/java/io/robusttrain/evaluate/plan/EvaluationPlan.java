package io.robusttrain.evaluate.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.base.Json;
import io.robusttrain.base.Sha256;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * An evaluation that was checked against its model and its data, before anything expensive starts.
 * Two evaluations with equal {@link #fingerprint()}s have equal results on any number of executors,
 * as long as these have the same kind of processor. Made by {@link EvaluationPlanner}.
 *
 * @param subject what is attacked
 * @param attackSet name of the attacks as a whole
 * @param norm of the threat model
 * @param radii in order
 * @param attacks all stages but the clean one, in order
 * @param coverage which images each attack works on
 * @param seed of all random draws
 */
public record EvaluationPlan(
    Subject subject,
    String attackSet,
    Norm norm,
    List<Double> radii,
    List<PlannedAttack> attacks,
    Coverage coverage,
    long seed) {
  public EvaluationPlan {
    radii = List.copyOf(radii);
    attacks = List.copyOf(attacks);
  }

  /** The stages, the clean one included. */
  public int stages() {
    return attacks.size() + 1;
  }

  /** Everything that the result depends on, as names and values. */
  public ObjectNode identity() {
    return subject.identity(
        Json.object()
            .put("norm", norm.name().toLowerCase(Locale.ROOT))
            .put("radii", radii.toString())
            .put(
                "attacks",
                attacks.stream()
                    .map(stage -> stage.attack().toString())
                    .collect(Collectors.joining("; ")))
            .put("coverage", coverage.name().toLowerCase(Locale.ROOT))
            .put("seed", seed));
  }

  /** SHA-256 of the {@link #identity()}. */
  public String fingerprint() {
    return Sha256.of(identity().toString());
  }
}
