package io.robusttrain.train.plan;

import io.robusttrain.base.HadoopSettings;
import io.robusttrain.config.OptimConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.Normalization;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.objective.Evaluation;
import io.robusttrain.objective.MixedPrecision;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.around.GuidedAttack;
import io.robusttrain.optim.AdamW;
import io.robusttrain.optim.AveragingOptimizer;
import io.robusttrain.optim.Sgd;
import io.robusttrain.optim.SliceOptimizer;
import io.robusttrain.optim.UpdateRanges;
import io.robusttrain.optim.WeightAverage;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.train.worker.ImageSource;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** The parts of a run that follow from its configuration alone. */
public final class RunParts {
  private final RunConfig config;
  private final HadoopSettings hadoop;

  public RunParts(RunConfig config, Configuration hadoop) {
    this.config = config;
    this.hadoop = HadoopSettings.of(hadoop);
  }

  public Preprocessing preprocessing(Architecture model) {
    Preprocessing defaults = model.defaultPreprocessing().unnormalized();
    Preprocessing chosen =
        new Preprocessing(
            defaults.height(),
            defaults.width(),
            defaults.mean(),
            defaults.std(),
            config.augment().cropPct().orElse(defaults.cropFraction()),
            config.augment().interpolation().name().toLowerCase(Locale.ROOT));
    return config
        .model()
        .normalize()
        .toOptional()
        .map(normalization -> normalized(chosen, normalization, model))
        .orElse(chosen);
  }

  private static Preprocessing normalized(
      Preprocessing chosen, Normalization normalization, Architecture model) {
    if (normalization instanceof Normalization.Constants constants) {
      return chosen.normalizedBy(constants.mean(), constants.std());
    }
    Preprocessing defaults = model.defaultPreprocessing();
    return chosen.normalizedBy(defaults.mean(), defaults.std());
  }

  static ComputeDevice device(RunConfig config) {
    return ComputeDevice.named(config.device().replaceAll(":.*", ""));
  }

  ImageSource images(ImageSet train, ImageSet validation, Preprocessing preprocessing) {
    TrainTransform augmentation = Augmentations.of(config.augment(), preprocessing);
    EvalTransform evaluation =
        new EvalTransform(
            preprocessing.height(), preprocessing.cropFraction(), config.augment().interpolation());
    return new ImageSource(
        train, validation, augmentation, evaluation, config.data().prefetchSteps(), hadoop);
  }

  Objective objective(Architecture architecture, Preprocessing preprocessing) {
    ObjectiveParts parts = new ObjectiveParts(config, hadoop);
    Objective usual = precise(parts.objective(architecture, preprocessing));
    return config
        .attack()
        .reinforced()
        .map(attack -> precise(parts.objective(attack, architecture, preprocessing)))
        .<Objective>map(reinforced -> new GuidedAttack(usual, reinforced))
        .orElse(usual);
  }

  private Objective precise(Objective objective) {
    return config.amp().dtype().isSet()
        ? new MixedPrecision(objective, config.amp().attack())
        : objective;
  }

  /**
   * How the validation split is evaluated.
   *
   * @param steps gradient steps of the attack
   */
  ValidationPlan validationPlan(ImageSource images, Preprocessing preprocessing, int steps) {
    return new ValidationPlan(
        new Evaluation(ObjectiveParts.validationAttack(config, steps)),
        images,
        preprocessing,
        config.validation().batch(),
        config.validationSeed());
  }

  SliceOptimizer optimizer(
      ParameterLayout layout, UpdateRanges ranges, List<WeightAverage> averages) {
    SliceOptimizer plain = optimizer(layout, ranges);
    return averages.isEmpty() ? plain : new AveragingOptimizer(plain, averages);
  }

  private SliceOptimizer optimizer(ParameterLayout layout, UpdateRanges ranges) {
    OptimConfig optim = config.optim();
    return switch (optim.type()) {
      case ADAMW ->
          new AdamW(
              layout,
              ranges,
              optim.betas().get(0),
              optim.betas().get(1),
              optim.eps(),
              optim.weightDecay());
      case SGD ->
          new Sgd(
              layout,
              ranges,
              optim.nesterov() ? Sgd.Momentum.NESTEROV : Sgd.Momentum.CLASSICAL,
              optim.momentum(),
              optim.weightDecay());
    };
  }
}
