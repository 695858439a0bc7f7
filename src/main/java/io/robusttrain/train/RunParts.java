package io.robusttrain.train;

import io.robusttrain.config.Normalization;
import io.robusttrain.config.OptimConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.data.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.objective.Evaluation;
import io.robusttrain.objective.Objective;
import io.robusttrain.optim.AdamW;
import io.robusttrain.optim.Sgd;
import io.robusttrain.optim.SliceOptimizer;
import io.robusttrain.tensor.ParameterLayout;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** The parts of a run that follow from its configuration alone. */
final class RunParts {
  private final RunConfig config;
  private final Configuration hadoop;

  RunParts(RunConfig config, Configuration hadoop) {
    this.config = config;
    this.hadoop = hadoop;
  }

  Preprocessing preprocessing(Architecture model) {
    Preprocessing defaults = Preprocessing.of(model);
    Preprocessing chosen =
        new Preprocessing(
            defaults.height(),
            defaults.width(),
            defaults.mean(),
            defaults.std(),
            config.augment().cropPct().orElse(defaults.cropFraction()),
            interpolation().name().toLowerCase(java.util.Locale.ROOT));
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

  private Interpolation interpolation() {
    return switch (config.augment().interpolation()) {
      case BICUBIC -> Interpolation.BICUBIC;
      case BILINEAR -> Interpolation.BILINEAR;
    };
  }

  ImageSource images(ImageSet train, ImageSet validation, Preprocessing preprocessing) {
    TrainTransform augmentation = Augmentations.of(config.augment(), preprocessing);
    EvalTransform evaluation =
        new EvalTransform(
            preprocessing.height(), preprocessing.cropFraction(), interpolation());
    return new ImageSource(
        train,
        validation,
        augmentation,
        evaluation,
        config.data().prefetchSteps(),
        changedSettings(hadoop));
  }

  /** Only what differs from Hadoop's defaults travels. */
  private static Map<String, String> changedSettings(Configuration hadoop) {
    Configuration defaults = new Configuration();
    Map<String, String> changed = new TreeMap<>();
    for (Map.Entry<String, String> entry : hadoop) {
      if (!entry.getValue().equals(defaults.getRaw(entry.getKey()))) {
        changed.put(entry.getKey(), entry.getValue());
      }
    }
    return changed;
  }

  Objective objective(Architecture architecture, Preprocessing preprocessing) {
    return new ObjectiveParts(config, changedSettings(hadoop))
        .objective(architecture, preprocessing);
  }

  /** The probe's weaker attack: one step as training takes it where it takes one. */
  ProjectedGradientDescent oneStepAttack(double radius) {
    double rule = ProjectedGradientDescent.fgsm(config.attack().eps()).stepSize();
    boolean single = config.attack().steps() == 1;
    return attack(radius, 1, single ? config.attack().resolvedStepSize() : rule);
  }

  /** The probe's stronger attack, always from a random start. */
  ProjectedGradientDescent manyStepAttack(double radius, int steps) {
    return ProjectedGradientDescent.of(ThreatModel.linf(radius), steps);
  }

  ValidationPlan validationPlan(ImageSource images) {
    return new ValidationPlan(
        new Evaluation(ObjectiveParts.validationAttack(config)),
        images,
        config.validation().batch(),
        config.validationSeed());
  }

  SliceOptimizer optimizer(ParameterLayout layout) {
    OptimConfig optim = config.optim();
    return switch (optim.type()) {
      case ADAMW ->
          new AdamW(
              layout, optim.betas().get(0), optim.betas().get(1), optim.eps(), optim.weightDecay());
      case SGD ->
          new Sgd(
              layout,
              optim.nesterov() ? Sgd.Momentum.NESTEROV : Sgd.Momentum.CLASSICAL,
              optim.momentum(),
              optim.weightDecay());
    };
  }
}
