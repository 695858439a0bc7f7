package io.robusttrain.config.check;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.config.AttackConfig;
import io.robusttrain.config.AwpConfig;
import io.robusttrain.config.GuardConfig;
import io.robusttrain.config.ObjectiveConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.objective.AttackTarget;
import io.robusttrain.objective.TrainingAttack;
import java.util.EnumSet;
import java.util.Set;

/** Demands of objective, attack, mixing and length of the run on each other. */
final class ObjectiveConsistency {
  /** Types that do not attack, or in one way only. */
  private static final Set<ObjectiveConfig.Type> ONE_WAY =
      EnumSet.of(
          ObjectiveConfig.Type.STANDARD, ObjectiveConfig.Type.N_FGSM, ObjectiveConfig.Type.FREE);

  private ObjectiveConsistency() {}

  static void check(RunConfig config, int totalEpochs, Reading reading) {
    ObjectiveConfig.Type type = config.objective().type();
    checkAttack(type, config.attack(), reading);
    checkPerturbation(config, totalEpochs, reading);
    checkGuide(config, reading);
    if (type == ObjectiveConfig.Type.FREE) {
      checkFree(config, reading);
    }
    if (type == ObjectiveConfig.Type.N_FGSM || type == ObjectiveConfig.Type.FREE) {
      checkOwnAttack(config.attack(), Parsers.word(type), reading);
    }
  }

  private static void checkAttack(ObjectiveConfig.Type type, AttackConfig attack, Reading reading) {
    boolean onPredictions = type == ObjectiveConfig.Type.TRADES || type == ObjectiveConfig.Type.HAT;
    reading.demand(
        attack.target() == AttackTarget.NONE
            || type == ObjectiveConfig.Type.ADVERSARIAL
            || type == ObjectiveConfig.Type.MART,
        "needs an attack on labels, which objective.type = %s has not; write none or choose adversarial or mart"
            .formatted(Parsers.word(type)),
        "attack.target",
        "objective.type");
    reading.demand(
        !onPredictions || attack.start() != AttackConfig.Start.CLEAN,
        "the divergence that %s attacks by has no gradient at the clean image; write random"
            .formatted(Parsers.word(type)),
        "attack.start",
        "objective.type");
  }

  private static void checkGuide(RunConfig config, Reading reading) {
    AttackConfig.Guided guided = config.attack().guided();
    if (!guided.steps().isSet()) {
      return;
    }
    ObjectiveConfig.Type type = config.objective().type();
    reading.demand(
        !ONE_WAY.contains(type),
        "%s has no attack of more steps; choose another objective.type, or write none"
            .formatted(Parsers.word(type)),
        "attack.guided.steps",
        "objective.type");
    reading.demand(
        config.attack().steps() == 1,
        "the gap is that between one step and many; write attack.steps = 1, or attack.guided.steps = none",
        "attack.steps",
        "attack.guided.steps");
    reading.demand(
        guided.close() <= guided.open(),
        "the gap would be closed while it is open; write at most attack.guided.open = %s"
            .formatted(guided.open()),
        "attack.guided.close",
        "attack.guided.open");
    checkProbe(guided, config.guard().probe(), reading);
    reading.demand(
        config.validationSteps() >= guided.steps().get(),
        "an epoch that withstands fewer steps than training may take would be kept as the best; write at least attack.guided.steps = %d, or auto for %d"
            .formatted(
                guided.steps().get(),
                Math.max(guided.steps().get(), config.guard().probe().steps())),
        "validation.steps",
        "attack.guided.steps");
  }

  private static void checkProbe(
      AttackConfig.Guided guided, GuardConfig.Probe probe, Reading reading) {
    reading.demand(
        probe.action() != GuardConfig.Action.OFF,
        "the probe decides how many steps the attack takes; write warn, stop or rollback, or attack.guided.steps = none",
        "guard.probe.action",
        "attack.guided.steps");
    reading.demand(
        probe.action() == GuardConfig.Action.OFF
            || probe.action() == GuardConfig.Action.WARN
            || guided.open() < probe.margin(),
        "the guard would end or turn back the run first, at guard.probe.margin = %s: write an attack.guided.open below it, or guard.probe.action = warn"
            .formatted(probe.margin()),
        "attack.guided.open",
        "guard.probe.margin");
  }

  private static void checkPerturbation(RunConfig config, int totalEpochs, Reading reading) {
    AwpConfig awp = config.objective().awp();
    ObjectiveConfig.Type type = config.objective().type();
    reading.demand(
        !awp.gamma().isSet()
            || (type != ObjectiveConfig.Type.STANDARD && type != ObjectiveConfig.Type.FREE),
        "weights are perturbed for attacked images, with any objective.type but standard and free",
        "objective.awp.gamma",
        "objective.type");
    reading.demand(
        awp.warmupEpochs() < totalEpochs,
        "no weight would be perturbed in all %d epochs".formatted(totalEpochs),
        "objective.awp.warmup-epochs",
        "train.epochs");
  }

  private static void checkFree(RunConfig config, Reading reading) {
    reading.demand(
        config.attack().mode() == TrainingAttack.Mode.EVAL,
        "free attacks by the training forward itself; write eval",
        "attack.mode",
        "objective.type");
    reading.demand(
        !config.mixup().on(),
        "free trains on the same images again, mixing would draw others each time; write 0",
        "mixup.alpha",
        "mixup.cutmix-alpha",
        "objective.type");
  }

  /** Of types that attack in a way of their own. */
  private static void checkOwnAttack(AttackConfig attack, String type, Reading reading) {
    reading.demand(
        attack.norm() == Norm.LINF,
        "%s attacks in linf".formatted(type),
        "attack.norm",
        "objective.type");
    reading.demand(
        attack.steps() == 1 && !attack.stepSize().isSet(),
        "%s takes one step of its own length: write attack.steps = 1 and attack.step-size = auto; validation.steps sets the steps of validation"
            .formatted(type),
        "attack.steps",
        "attack.step-size",
        "objective.type");
    reading.demand(
        attack.start() == AttackConfig.Start.RANDOM,
        "%s has a start of its own; write random".formatted(type),
        "attack.start",
        "objective.type");
  }
}
