package io.robusttrain.evaluate.plan;

import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.catalog.AttackCatalog;
import io.robusttrain.attack.catalog.AutoAttack;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The attacks of a name or a list of names.
 *
 * @param name as it was asked for
 */
public record AttackSet(String name) {
  /** PGD with a growing number of steps, each on all images. */
  static final String PGD_TABLE = "pgd";

  private static final List<String> PGD = List.of("pgd-5", "pgd-10", "pgd-50", "pgd-100");

  /** Whether the set is about what each attack achieves alone. */
  public Coverage leastCoverage() {
    return name.equals(PGD_TABLE) ? Coverage.ALL_CORRECT : Coverage.SURVIVORS;
  }

  /**
   * The attacks in order.
   *
   * @param threat with a radius above 0
   * @param classes of the model
   * @throws EvaluationException for an unknown name (with the nearest), a name twice, or a model of
   *     too few classes
   */
  public List<EvaluationAttack> attacks(ThreatModel threat, int classes) {
    List<EvaluationAttack> attacks = new ArrayList<>();
    for (String part : name.split(",", -1)) {
      if (part.strip().equals(PGD_TABLE)) {
        PGD.forEach(steps -> attacks.add(named(steps, threat)));
      } else {
        EvaluationAttack attack = named(part.strip(), threat);
        attacks.addAll(attack instanceof AutoAttack parts ? parts.attacks() : List.of(attack));
      }
    }
    Set<String> names = new HashSet<>();
    for (EvaluationAttack attack : attacks) {
      if (!names.add(attack.name())) {
        throw new EvaluationException(
            "--attacks: %s has %s twice; name it once".formatted(name, attack.name()));
      }
      if (attack.leastClasses() > classes) {
        throw new EvaluationException(
            "--attacks: %s needs %d classes, the model has %d; leave it out"
                .formatted(attack.name(), attack.leastClasses(), classes));
      }
    }
    return attacks;
  }

  private static EvaluationAttack named(String name, ThreatModel threat) {
    try {
      return AttackCatalog.named(name, threat);
    } catch (IllegalArgumentException unknown) {
      throw new EvaluationException("--attacks: " + unknown.getMessage(), unknown);
    }
  }
}
