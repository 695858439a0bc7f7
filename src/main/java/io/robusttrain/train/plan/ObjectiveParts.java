package io.robusttrain.train.plan;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.base.HadoopSettings;
import io.robusttrain.config.AttackConfig;
import io.robusttrain.config.AttackConfig.Compat;
import io.robusttrain.config.AwpConfig;
import io.robusttrain.config.MixupConfig;
import io.robusttrain.config.ObjectiveConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.objective.AdversarialWeightPerturbation;
import io.robusttrain.objective.AttackTarget;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.TrainingAttack;
import io.robusttrain.objective.around.DroppedTokens;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.objective.loss.FreeAdversarialTraining;
import io.robusttrain.objective.loss.GradientAlignment;
import io.robusttrain.objective.loss.Hat;
import io.robusttrain.objective.loss.Mart;
import io.robusttrain.objective.loss.NoiseFgsm;
import io.robusttrain.objective.loss.StandardCrossEntropy;
import io.robusttrain.objective.loss.Trades;
import io.robusttrain.objective.mix.MixedObjective;
import io.robusttrain.objective.mix.Mixup;
import io.robusttrain.schedule.StrengthWarmup;
import java.util.Optional;

/** What a run minimises and how it attacks, from its configuration. */
public final class ObjectiveParts {
  private final RunConfig config;
  private final HadoopSettings hadoop;

  /** The helper model, once an objective has asked for it: its file is read. */
  private Optional<HelperModel> helper = Optional.empty();

  /**
   * The parts of a configuration.
   *
   * @param hadoop the settings that name file systems
   */
  ObjectiveParts(RunConfig config, HadoopSettings hadoop) {
    this.config = config;
    this.hadoop = hadoop;
  }

  /** As below, with the attack that the configuration names. */
  Objective objective(Architecture architecture, Preprocessing preprocessing) {
    return objective(config.attack(), architecture, preprocessing);
  }

  /**
   * The objective that a run minimises, with weight perturbation, mixing and dropped tokens if it
   * has them.
   *
   * @param attack the training attack
   * @throws io.robusttrain.config.value.ConfigException if a model that it needs cannot be read
   */
  Objective objective(AttackConfig attack, Architecture architecture, Preprocessing preprocessing) {
    Objective plain = perturbed(unmixed(trainingAttack(attack), architecture, preprocessing));
    Objective mixed =
        mixup(config).<Objective>map(mixup -> new MixedObjective(mixup, plain)).orElse(plain);
    return config
        .model()
        .tokenDropping()
        .<Objective>map(
            dropping -> new DroppedTokens(mixed, dropping, architecture.tokenGrid().orElseThrow()))
        .orElse(mixed);
  }

  private Objective perturbed(Objective objective) {
    AwpConfig awp = config.objective().awp();
    return awp.gamma()
        .toOptional()
        .<Objective>map(
            gamma -> new AdversarialWeightPerturbation(objective, gamma, awp.warmupEpochs()))
        .orElse(objective);
  }

  private Objective unmixed(
      TrainingAttack attack, Architecture architecture, Preprocessing preprocessing) {
    ObjectiveConfig objective = config.objective();
    Criterion criterion = new Criterion(objective.loss(), objective.smoothing());
    return switch (objective.type()) {
      case ADVERSARIAL ->
          new AdversarialCrossEntropy(
              criterion,
              attack,
              objective.cleanForward()
                  ? AdversarialCrossEntropy.CleanForward.UPDATES_STATISTICS
                  : AdversarialCrossEntropy.CleanForward.SKIPPED);
      case STANDARD -> new StandardCrossEntropy(criterion);
      case TRADES -> new Trades(criterion, attack, objective.resolvedBeta());
      case MART -> new Mart(criterion, attack, objective.resolvedBeta());
      case HAT ->
          new Hat(
              new Trades(criterion, attack, objective.resolvedBeta()),
              objective.resolvedGamma(),
              objective.resolvedHelperStretch(),
              helper(architecture, preprocessing));
      case N_FGSM ->
          new NoiseFgsm(
              criterion, objective.resolvedNoise(), objective.resolvedNoiseStep(), attack.mode());
      case GRAD_ALIGN -> new GradientAlignment(criterion, attack, objective.resolvedLambda());
      case FREE -> new FreeAdversarialTraining(criterion, objective.resolvedReplays());
    };
  }

  private HelperModel helper(Architecture architecture, Preprocessing preprocessing) {
    if (helper.isEmpty()) {
      helper =
          Optional.of(
              HelperModel.of(
                  new FrozenCheckpoint(
                      config.objective().helperCheckpoint().get(),
                      architecture,
                      preprocessing,
                      hadoop)));
    }
    return helper.get();
  }

  /** What mixes micro-batches; nothing if they are not mixed. */
  static Optional<Mixup> mixup(RunConfig config) {
    MixupConfig mixup = config.mixup();
    if (!mixup.on()) {
      return Optional.empty();
    }
    return Optional.of(
        new Mixup(
            mixup.alpha(),
            mixup.cutmixAlpha(),
            mixup.prob(),
            mixup.switchProb(),
            mixup.offEpoch().orElse(Integer.MAX_VALUE),
            new StrengthWarmup(config.augment().warmupEpochs())));
  }

  /** Gradient steps of the training attack, beside the forward and backward of training itself. */
  static int attackSteps(RunConfig config) {
    return switch (config.objective().type()) {
      case STANDARD, FREE -> 0;
      case N_FGSM -> 1;
      case ADVERSARIAL, TRADES, MART, HAT, GRAD_ALIGN -> config.attack().steps();
    };
  }

  private static TrainingAttack trainingAttack(AttackConfig attack) {
    return new TrainingAttack(
        new ProjectedGradientDescent(
            new ThreatModel(attack.norm(), attack.epsilon()),
            attack.steps(),
            attack.resolvedStepSize(),
            start(attack)),
        attack.mode(),
        target(attack),
        attack.start() == AttackConfig.Start.PREVIOUS
            ? TrainingAttack.Memory.PREVIOUS
            : TrainingAttack.Memory.NONE);
  }

  /** The attack of validations: without a target and without a memory, at the full radius. */
  public static ProjectedGradientDescent validationAttack(RunConfig config) {
    return validationAttack(config, config.validationSteps());
  }

  /** The same in a number of steps that other stages of the run ask for. */
  static ProjectedGradientDescent validationAttack(RunConfig config, int steps) {
    return new ProjectedGradientDescent(
        new ThreatModel(config.attack().norm(), config.validationEpsilon()),
        steps,
        config.validationStepSize(steps),
        start(config.attack()));
  }

  /** The probe's weaker attack: one step as training takes it where it takes one. */
  public static ProjectedGradientDescent oneStepAttack(RunConfig config, double radius) {
    AttackConfig attack = config.attack();
    double rule =
        ProjectedGradientDescent.of(new ThreatModel(attack.norm(), attack.epsilon()), 1).stepSize();
    return new ProjectedGradientDescent(
        new ThreatModel(attack.norm(), radius),
        1,
        attack.steps() == 1 ? attack.resolvedStepSize() : rule,
        start(attack));
  }

  /** The probe's stronger attack, always from a random start. */
  public static ProjectedGradientDescent manyStepAttack(
      RunConfig config, double radius, int steps) {
    ThreatModel threat = new ThreatModel(config.attack().norm(), radius);
    double stepSize = ProjectedGradientDescent.of(threat, steps).stepSize();
    return new ProjectedGradientDescent(threat, steps, stepSize, randomStart(config.attack()));
  }

  private static AttackTarget target(AttackConfig attack) {
    return attack.target() == AttackTarget.RANDOM && attack.compat() == Compat.PAPER
        ? AttackTarget.RANDOM_OR_LABEL
        : attack.target();
  }

  private static ProjectedGradientDescent.Start start(AttackConfig attack) {
    return switch (attack.start()) {
      case CLEAN -> ProjectedGradientDescent.Start.CLEAN;
      case RANDOM, PREVIOUS -> randomStart(attack);
    };
  }

  private static ProjectedGradientDescent.Start randomStart(AttackConfig attack) {
    return attack.compat() == Compat.PAPER
        ? ProjectedGradientDescent.Start.REFERENCE
        : ProjectedGradientDescent.Start.RANDOM;
  }
}
