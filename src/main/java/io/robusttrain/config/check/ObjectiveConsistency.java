package io.robusttrain.config.check;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.config.AttackConfig;
import io.robusttrain.config.AwpConfig;
import io.robusttrain.config.ObjectiveConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.objective.AttackTarget;
import io.robusttrain.objective.TrainingAttack;

/** Demands of objective, attack, mixing and length of the run on each other. */
final class ObjectiveConsistency {
  private ObjectiveConsistency() {}

  static void check(RunConfig config, Reading reading) {
    ObjectiveConfig.Type type = config.objective().type();
    checkAttack(type, config.attack(), reading);
    checkPerturbation(config, reading);
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
        awp.warmupEpochs() < config.totalEpochs(),
        "no weight would be perturbed in all %d epochs".formatted(config.totalEpochs()),
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
