package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.config.read.ConfigLoader;
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
import io.robusttrain.model.Preprocessing;
import io.robusttrain.schedule.StrengthWarmup;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From keys to the transform. */
class AugmentationsTest {
  private static final List<Double> IMAGENET = List.of(0.485, 0.456, 0.406);

  @Test
  void theDefaultIsCropFlipAndJitterAlone() {
    TrainTransform transform = transform();
    assertThat(transform.crop())
        .isEqualTo(new CropPolicy.RandomResized(0.08, 1.0, 3.0 / 4.0, 4.0 / 3.0));
    assertThat(transform.jitter()).isEqualTo(ColorJitter.of(0.4));
    assertThat(transform.strong().policy()).isEqualTo(new AugmentationPolicy.None());
    assertThat(transform.strong().erasing().probability()).isZero();
    assertThat(transform.strong().rotation()).isZero();
    assertThat(transform.strong().verticalFlip()).isZero();
    assertThat(transform.strong().warmup()).isEqualTo(StrongAugmentation.NONE.warmup());
  }

  @Test
  void theCanonicalRecipeBecomesItsPolicyErasingAndFlips() {
    TrainTransform transform =
        transform(
            "augment.aa=rand-m9-mstd0.5-inc1", "augment.reprob=0.25", "augment.warmup-epochs=10");
    assertThat(transform.jitter()).isEqualTo(ColorJitter.NONE);
    assertThat(transform.strong())
        .isEqualTo(
            new StrongAugmentation(
                0,
                new RandAugment(
                    2,
                    0.5,
                    9,
                    0.5,
                    10,
                    Severity.INCREASING,
                    new Filling(124, 116, 104, Filling.Kernels.BICUBIC)),
                0,
                new RandomErasing(
                    0.25, RandomErasing.Mode.PIXEL, 1, new ErasingNoise.UnitInterval()),
                new StrengthWarmup(10)));
  }

  @Test
  void threeAugmentKeepsTheJitter() {
    TrainTransform transform = transform("augment.aa=3a", "augment.color-jitter=0.3");
    assertThat(transform.strong().policy()).isEqualTo(new ThreeAugment(1));
    assertThat(transform.jitter()).isEqualTo(ColorJitter.of(0.3));
  }

  @Test
  void fillsFollowTheNormalisation() {
    Preprocessing halves = preprocessing(List.of(0.5, 0.5, 0.5), List.of(0.25, 0.25, 0.25));
    StrongAugmentation strong =
        Augmentations.of(
                ConfigLoader.load(
                        List.of(),
                        List.of(
                            "augment.aa=rand",
                            "augment.aa-interpolation=random",
                            "augment.reprob=1",
                            "augment.remode=const",
                            "augment.reimpl=timm"))
                    .augment(),
                halves)
            .strong();
    // Python and timm round 127.5 to the even 128.
    assertThat(((RandAugment) strong.policy()).filling())
        .isEqualTo(new Filling(128, 128, 128, Filling.Kernels.RANDOM));
    assertThat(((RandAugment) strong.policy()).severity()).isEqualTo(Severity.PLAIN);
    assertThat(strong.erasing().noise())
        .isEqualTo(new ErasingNoise.Normalized(halves.mean(), halves.std()));
    ErasingNoise unnormalised = transform("augment.reimpl=timm").strong().erasing().noise();
    assertThat(((ErasingNoise.Normalized) unnormalised).mean()).isEqualTo(IMAGENET);
  }

  private static TrainTransform transform(String... overrides) {
    return Augmentations.of(
        ConfigLoader.load(List.of(), List.of(overrides)).augment(),
        preprocessing(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0)));
  }

  private static Preprocessing preprocessing(List<Double> mean, List<Double> std) {
    return new Preprocessing(224, 224, mean, std, 1, "bicubic");
  }
}
