package io.robusttrain.evaluate.plan;

import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.catalog.AttackCatalog;
import java.util.ArrayList;
import java.util.List;

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
   * The attacks of this set in the order in which they run.
   *
   * @param threat with a radius above 0
   * @param classes of the model
   * @throws EvaluationException for an unknown name (with the nearest), a name twice, or a model of
   *     too few classes
   */
  public List<EvaluationAttack> attacks(ThreatModel threat, int classes) {
    List<String> names = new ArrayList<>();
    for (String part : name.split(",", -1)) {
      names.addAll(part.strip().equals(PGD_TABLE) ? PGD : List.of(part));
    }
    try {
      return AttackCatalog.parts(name, names, threat, classes);
    } catch (IllegalArgumentException wrong) {
      throw new EvaluationException("--attacks: " + wrong.getMessage(), wrong);
    }
  }
}
