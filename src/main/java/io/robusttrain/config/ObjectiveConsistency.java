package io.robusttrain.config;

import io.robusttrain.objective.AttackTarget;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

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
    reading.demand(
        !objective.cleanForward() || type == ObjectiveConfig.Type.ADVERSARIAL,
        "a clean forward pass beside the loss needs objective.type = adversarial",
        "objective.clean-forward",
        "objective.type");
    TypedKeys keys = new TypedKeys(type, reading);
    keys.check(
        "beta",
        objective.beta(),
        ObjectiveConfig.Type.TRADES,
        ObjectiveConfig.Type.MART,
        ObjectiveConfig.Type.HAT);
    keys.check("gamma", objective.gamma(), ObjectiveConfig.Type.HAT);
    keys.check("helper-stretch", objective.helperStretch(), ObjectiveConfig.Type.HAT);
    keys.check("noise", objective.noise(), ObjectiveConfig.Type.N_FGSM);
    keys.check("noise-step", objective.noiseStep(), ObjectiveConfig.Type.N_FGSM);
    keys.check("lambda", objective.lambda(), ObjectiveConfig.Type.GRAD_ALIGN);
    keys.check("replays", objective.replays(), ObjectiveConfig.Type.FREE);
    reading.demand(
        !objective.helperCheckpoint().isSet() || type == ObjectiveConfig.Type.HAT,
        "counts for hat, and objective.type is %s; write none".formatted(Parsers.word(type)),
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

  /** Keys that some types know and others would ignore. */
  private record TypedKeys(ObjectiveConfig.Type type, Reading reading) {
    void check(String name, Setting<?> key, ObjectiveConfig.Type... owners) {
      reading.demand(
          !key.isSet() || List.of(owners).contains(type),
          "counts for %s, and objective.type is %s; write auto"
              .formatted(words(owners), Parsers.word(type)),
          "objective." + name,
          "objective.type");
    }

    /** As in {@code trades, mart and hat}. */
    private static String words(ObjectiveConfig.Type... owners) {
      String all = Arrays.stream(owners).map(Parsers::word).collect(Collectors.joining(", "));
      return all.replaceFirst(", (?=[^,]*$)", " and ");
    }
  }
}
