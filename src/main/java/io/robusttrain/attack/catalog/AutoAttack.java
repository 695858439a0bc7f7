package io.robusttrain.attack.catalog;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.Victim;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;

/**
 * Attacks one after the other, each on the images that the ones before left standing: the worst
 * case of each image over all of them (Croce and Hein, 2020). An evaluation in stages runs {@link
 * #attacks()} itself and gets the same result, for an attack's draws do not depend on its place.
 *
 * @param name of the composition
 * @param attacks in their order, at least one, no name twice
 */
@Immutable
public record AutoAttack(String name, @SuppressWarnings("Immutable") List<EvaluationAttack> attacks)
    implements EvaluationAttack {
  public AutoAttack {
    attacks = List.copyOf(attacks);
    if (attacks.isEmpty()) {
      throw new IllegalArgumentException("%s has no attacks: name at least one".formatted(name));
    }
    if (attacks.stream().map(EvaluationAttack::name).distinct().count() < attacks.size()) {
      throw new IllegalArgumentException(
          "%s names an attack twice: %s"
              .formatted(name, attacks.stream().map(EvaluationAttack::name).toList()));
    }
  }

  @Override
  public int leastClasses() {
    return attacks.stream().mapToInt(EvaluationAttack::leastClasses).max().getAsInt();
  }

  @Override
  public AttackOutcome attack(Victim victim, AttackBatch batch) {
    Survivors survivors = new Survivors(victim, batch);
    for (EvaluationAttack attack : attacks) {
      if (!survivors.none()) {
        try (PointerScope scope = new PointerScope()) {
          AttackOutcome outcome = attack.attack(victim, survivors.remaining());
          survivors.record(outcome.broken(), outcome.pixels());
        }
      }
    }
    return survivors.outcome();
  }
}
