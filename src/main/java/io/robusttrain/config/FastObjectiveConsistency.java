package io.robusttrain.config;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.objective.TrainingAttack;
import java.util.Set;

/** Demands of single-step objectives and of weight perturbation on the rest. */
final class FastObjectiveConsistency {
  /** Types that attack in a way of their own. */
  private static final Set<ObjectiveConfig.Type> OWN_ATTACK =
      Set.of(ObjectiveConfig.Type.N_FGSM, ObjectiveConfig.Type.FREE);

  private FastObjectiveConsistency() {}

  static void check(RunConfig config, Reading reading) {
    ObjectiveConfig objective = config.objective();
    checkPerturbation(config, reading);
    boolean free = objective.type() == ObjectiveConfig.Type.FREE;
    reading.demand(
        !free || config.attack().mode() == TrainingAttack.Mode.EVAL,
        "free attacks by the training forward itself; write eval",
        "attack.mode",
        "objective.type");
    reading.demand(
        !free || (config.mixup().alpha() == 0 && config.mixup().cutmixAlpha() == 0),
        "free trains on the same images again, mixing would draw others each time; write 0",
        "mixup.alpha",
        "mixup.cutmix-alpha",
        "objective.type");
    if (OWN_ATTACK.contains(objective.type())) {
      checkOwnAttack(config.attack(), Parsers.word(objective.type()), reading);
    }
  }

  private static void checkPerturbation(RunConfig config, Reading reading) {
    AwpConfig awp = config.objective().awp();
    ObjectiveConfig.Type type = config.objective().type();
    reading.demand(
        !awp.gamma().isSet()
            || (type != ObjectiveConfig.Type.STANDARD && type != ObjectiveConfig.Type.FREE),
        "weights are perturbed for attacked images, with any objective.type but standard and free",
        "objective.awp.gamma",
        "objective.type");
    reading.demand(
        awp.gamma().isSet() || awp.warmupEpochs() == 0,
        "needs objective.awp.gamma, which is none",
        "objective.awp.warmup-epochs",
        "objective.awp.gamma");
    reading.demand(
        awp.warmupEpochs() < config.totalEpochs(),
        "no weight would be perturbed in all %d epochs".formatted(config.totalEpochs()),
        "objective.awp.warmup-epochs",
        "train.epochs");
  }

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
