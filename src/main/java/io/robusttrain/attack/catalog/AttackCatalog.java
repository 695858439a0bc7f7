package io.robusttrain.attack.catalog;

import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.apgd.Apgd;
import io.robusttrain.attack.apgd.ApgdSettings;
import io.robusttrain.attack.apgd.RadiusSchedule;
import io.robusttrain.attack.apgd.TargetedApgd;
import io.robusttrain.attack.fab.FastAdaptiveBoundary;
import io.robusttrain.attack.pgd.PgdAttack;
import io.robusttrain.attack.square.SquareAttack;
import io.robusttrain.base.NearestNames;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The evaluation attacks by name, with the settings that AutoAttack has for them in its own lists.
 * Thread-safe.
 */
public final class AttackCatalog {
  private static final int RESTARTS = 5;
  private static final int TARGETS = 9;
  private static final int TARGETS_L1 = 5;
  private static final int RANDOMISED_GRADIENTS = 20;

  /** More restarts than {@code standard}, and the untargeted attacks too. */
  private static final List<String> PLUS =
      List.of("apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t");

  private static final Pattern PGD = Pattern.compile("pgd-([1-9]\\d{0,5})(?:x([1-9]\\d{0,3}))?");

  private static final Map<String, Function<ThreatModel, EvaluationAttack>> ATTACKS =
      new TreeMap<>(
          Map.ofEntries(
              attack("fgsm", PgdAttack::fgsm),
              attack("apgd-ce", threat -> apgd(Apgd.Loss.CE, threat)),
              attack("apgd-dlr", threat -> apgd(Apgd.Loss.DLR, threat)),
              attack("apgd-t", threat -> new TargetedApgd(TARGETS, ApgdSettings.of(threat))),
              attack("fab", threat -> FastAdaptiveBoundary.fab(threat, RESTARTS)),
              attack("fab-t", FastAdaptiveBoundary::targeted),
              attack("square", SquareAttack::standard),
              attack("standard", AttackCatalog::standard),
              attack("plus", AttackCatalog::plus),
              attack("rand", AttackCatalog::rand)));

  private AttackCatalog() {}

  /**
   * The attack of a name: {@code apgd-ce} and {@code apgd-dlr} with 5 restarts of 100 iterations
   * (the first is the evaluation of the XCiT robustness paper's ablations), {@code apgd-t} and
   * {@code fab-t} with 9 targets, {@code fab} with 5 restarts, {@code square} with 5000 queries,
   * {@code pgd-10} or {@code pgd-10x5} with 10 steps and 1 or 5 restarts, {@code fgsm}, and
   * AutoAttack's versions {@code standard}, {@code plus}, {@code rand}.
   *
   * @throws IllegalArgumentException if there is none; the message has the nearest names
   */
  public static EvaluationAttack named(String name, ThreatModel threat) {
    Matcher pgd = PGD.matcher(name);
    if (pgd.matches()) {
      int restarts = pgd.group(2) == null ? 1 : Integer.parseInt(pgd.group(2));
      return PgdAttack.of(threat, Integer.parseInt(pgd.group(1)), restarts);
    }
    Function<ThreatModel, EvaluationAttack> attack = ATTACKS.get(name);
    if (attack == null) {
      throw new IllegalArgumentException(
          "unknown attack %s; the nearest are %s, and there is pgd-STEPS such as pgd-10"
              .formatted(name, String.join(", ", NearestNames.to(name, ATTACKS.keySet()))));
    }
    return attack.apply(threat);
  }

  /**
   * The attacks of several names in order, AutoAttack's versions taken apart.
   *
   * @param wanted the names as they were asked for, for messages
   * @param classes of the model
   * @throws IllegalArgumentException for an unknown name, an attack twice, or one that needs more
   *     classes
   */
  public static List<EvaluationAttack> parts(
      String wanted, List<String> names, ThreatModel threat, int classes) {
    List<EvaluationAttack> attacks = new ArrayList<>();
    for (String name : names) {
      EvaluationAttack attack = named(name.strip(), threat);
      attacks.addAll(attack instanceof AutoAttack parts ? parts.attacks() : List.of(attack));
    }
    Set<String> seen = new HashSet<>();
    for (EvaluationAttack attack : attacks) {
      if (!seen.add(attack.name())) {
        throw new IllegalArgumentException(
            "%s has %s twice; name it once".formatted(wanted, attack.name()));
      }
      if (attack.leastClasses() > classes) {
        throw new IllegalArgumentException(
            "%s needs %d classes, the model has %d; leave it out"
                .formatted(attack.name(), attack.leastClasses(), classes));
      }
    }
    return attacks;
  }

  /**
   * What a published robust accuracy rests on. In L1 APGD comes from larger balls, with five
   * restarts on the cross entropy and five targets.
   */
  private static AutoAttack standard(ThreatModel threat) {
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

  private static AutoAttack plus(ThreatModel threat) {
    return new AutoAttack("plus", PLUS.stream().map(name -> named(name, threat)).toList());
  }

  /** For models whose answers are random: APGD on gradients averaged over 20 passes. */
  private static AutoAttack rand(ThreatModel threat) {
    ApgdSettings settings = ApgdSettings.of(threat).withGradientSamples(RANDOMISED_GRADIENTS);
    return new AutoAttack(
        "rand", List.of(new Apgd(Apgd.Loss.CE, settings), new Apgd(Apgd.Loss.DLR, settings)));
  }

  private static Map.Entry<String, Function<ThreatModel, EvaluationAttack>> attack(
      String name, Function<ThreatModel, EvaluationAttack> of) {
    return Map.entry(name, of);
  }

  private static Apgd apgd(Apgd.Loss loss, ThreatModel threat) {
    return new Apgd(loss, ApgdSettings.of(threat).withRestarts(RESTARTS));
  }
}
