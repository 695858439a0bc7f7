package io.robusttrain.config;

/** Demands of objective, attack and mixing on each other. */
final class ObjectiveConsistency {
  private ObjectiveConsistency() {}

  static void check(RunConfig config, Reading reading) {
    checkKeys(config.objective(), reading);
    checkAttack(config.objective().type(), config.attack(), reading);
    FastObjectiveConsistency.check(config, reading);
  }

  /** A key that the type does not know is an error: it would silently do nothing. */
  private static void checkKeys(ObjectiveConfig objective, Reading reading) {
    ObjectiveConfig.Type type = objective.type();
    String written = Parsers.word(type);
    reading.demand(
        !objective.cleanForward() || type == ObjectiveConfig.Type.ADVERSARIAL,
        "a clean forward pass beside the loss needs objective.type = adversarial",
        "objective.clean-forward",
        "objective.type");
    reading.demand(
        !objective.beta().isSet()
            || type == ObjectiveConfig.Type.TRADES
            || type == ObjectiveConfig.Type.MART
            || type == ObjectiveConfig.Type.HAT,
        "counts for trades, mart and hat, and objective.type is %s; write auto".formatted(written),
        "objective.beta",
        "objective.type");
    reading.demand(
        !objective.gamma().isSet() || type == ObjectiveConfig.Type.HAT,
        "counts for hat, and objective.type is %s; write auto".formatted(written),
        "objective.gamma",
        "objective.type");
    reading.demand(
        !objective.helperStretch().isSet() || type == ObjectiveConfig.Type.HAT,
        "counts for hat, and objective.type is %s; write auto".formatted(written),
        "objective.helper-stretch",
        "objective.type");
    reading.demand(
        !objective.helperCheckpoint().isSet() || type == ObjectiveConfig.Type.HAT,
        "counts for hat, and objective.type is %s; write none".formatted(written),
        "objective.helper-checkpoint",
        "objective.type");
    reading.demand(
        objective.helperCheckpoint().isSet() || type != ObjectiveConfig.Type.HAT,
        "hat needs a model of the same architecture, trained with objective.type = standard: name its file, run or checkpoint in objective.helper-checkpoint",
        "objective.type",
        "objective.helper-checkpoint");
  }

  private static void checkAttack(ObjectiveConfig.Type type, AttackConfig attack, Reading reading) {
    boolean onPredictions = type == ObjectiveConfig.Type.TRADES || type == ObjectiveConfig.Type.HAT;
    reading.demand(
        attack.target() == AttackConfig.Target.NONE
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
}
