package io.robusttrain.train.plan;

import io.robusttrain.config.AugmentConfig;
import io.robusttrain.config.value.AutoAugment;
import io.robusttrain.data.transform.AugmentationPolicy;
import io.robusttrain.data.transform.ColorJitter;
import io.robusttrain.data.transform.CropPolicy;
import io.robusttrain.data.transform.ErasingNoise;
import io.robusttrain.data.transform.Filling;
import io.robusttrain.data.transform.RandAugment;
import io.robusttrain.data.transform.RandomErasing;
import io.robusttrain.data.transform.Severity;
import io.robusttrain.data.transform.StrongAugmentation;
import io.robusttrain.data.transform.ThreeAugment;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.schedule.StrengthWarmup;
import java.util.List;

/** Makes the training transform of a configuration. */
public final class Augmentations {
  private Augmentations() {}

  /**
   * The training transform, at full strength until {@link TrainTransform#atEpoch} says otherwise.
   *
   * @param augment group {@code augment}
   * @param preprocessing of the model: its size, and its normalisation for fill colours
   */
  public static TrainTransform of(AugmentConfig augment, Preprocessing preprocessing) {
    return new TrainTransform(
        preprocessing.height(),
        crop(augment),
        augment.interpolation(),
        augment.hflip(),
        augment.jitters() ? ColorJitter.of(augment.colorJitter()) : ColorJitter.NONE,
        strong(augment, preprocessing));
  }

  private static CropPolicy crop(AugmentConfig augment) {
    return augment
        .cropPadding()
        .toOptional()
        .<CropPolicy>map(CropPolicy.Padded::new)
        .orElseGet(
            () ->
                new CropPolicy.RandomResized(
                    augment.scale().low(),
                    augment.scale().high(),
                    augment.ratio().low(),
                    augment.ratio().high()));
  }

  private static StrongAugmentation strong(AugmentConfig augment, Preprocessing preprocessing) {
    // What timm fills with where a model has no statistics of its own.
    PixelStatistics statistics =
        preprocessing.identity() ? PixelStatistics.IMAGENET : preprocessing.statistics();
    AugmentationPolicy policy =
        augment
            .aa()
            .toOptional()
            .map(aa -> policy(aa, Filling.ofMean(array(statistics.mean()), kernels(augment))))
            .orElseGet(AugmentationPolicy.None::new);
    ErasingNoise noise =
        switch (augment.reimpl()) {
          case PAPER -> new ErasingNoise.UnitInterval();
          case TIMM -> new ErasingNoise.Normalized(statistics.mean(), statistics.std());
        };
    return new StrongAugmentation(
        augment.vflip(),
        policy,
        augment.rotation(),
        new RandomErasing(augment.reprob(), augment.remode(), augment.recount(), noise),
        new StrengthWarmup(augment.warmupEpochs()));
  }

  private static AugmentationPolicy policy(AutoAugment aa, Filling filling) {
    if (aa instanceof AutoAugment.Rand rand) {
      return new RandAugment(
          rand.layers(),
          rand.probability(),
          rand.magnitude(),
          rand.deviation(),
          rand.maximum(),
          rand.increasing() ? Severity.INCREASING : Severity.PLAIN,
          filling);
    }
    return new ThreeAugment(1);
  }

  private static Filling.Kernels kernels(AugmentConfig augment) {
    return augment
        .aaInterpolation()
        .toOptional()
        .orElseGet(() -> Filling.Kernels.valueOf(augment.interpolation().name()));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
