package io.robusttrain.attack;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.ThreatModel.Norm;
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
  private static final int TARGETS = 9;
  private static final int TARGETS_L1 = 5;
  private static final int RESTARTS = 5;
  private static final int RANDOMISED_GRADIENTS = 20;

  /** Checks the list and copies it. */
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

  /**
   * {@code apgd-ce}, {@code apgd-t}, {@code fab-t}, {@code square}: what a published robust
   * accuracy rests on. In L1 APGD comes from larger balls, with five restarts on the cross entropy
   * and five targets.
   */
  public static AutoAttack standard(ThreatModel threat) {
    ApgdSettings settings = ApgdSettings.of(threat);
    boolean sparse = threat.norm() == Norm.L1;
    if (sparse) {
      settings = settings.withRadius(RadiusSchedule.SHRINKING);
    }
    return new AutoAttack(
        "standard",
        List.of(
            new Apgd(Apgd.Loss.CE, settings.withRestarts(sparse ? RESTARTS : 1)),
            new TargetedApgd(sparse ? TARGETS_L1 : TARGETS, settings),
            FastAdaptiveBoundary.targeted(threat),
            SquareAttack.standard(threat)));
  }

  /** More restarts and the untargeted attacks too. */
  public static AutoAttack plus(ThreatModel threat) {
    return named(
        "plus", threat, List.of("apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"));
  }

  /** For models whose answers are random: APGD on gradients averaged over 20 passes. */
  public static AutoAttack rand(ThreatModel threat) {
    ApgdSettings settings = ApgdSettings.of(threat).withGradientSamples(RANDOMISED_GRADIENTS);
    return new AutoAttack(
        "rand", List.of(new Apgd(Apgd.Loss.CE, settings), new Apgd(Apgd.Loss.DLR, settings)));
  }

  /**
   * A list of one's own.
   *
   * @param names as {@link AttackCatalog#named} takes them
   */
  public static AutoAttack custom(ThreatModel threat, List<String> names) {
    return named("custom", threat, names);
  }

  private static AutoAttack named(String name, ThreatModel threat, List<String> names) {
    return new AutoAttack(
        name, names.stream().map(attack -> AttackCatalog.named(attack, threat)).toList());
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
