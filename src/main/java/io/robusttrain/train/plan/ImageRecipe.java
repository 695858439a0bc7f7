package io.robusttrain.train.plan;

import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.model.Architecture;
import io.robusttrain.objective.mix.Mixup;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * What a published recipe does with images.
 *
 * @param name of the recipe
 * @param transform of each image
 * @param mixup of each micro-batch, if it is mixed
 */
public record ImageRecipe(String name, TrainTransform transform, Optional<Mixup> mixup) {

  /** The paper's: random resized crop, flip, colour jitter. For images of the model's size. */
  public static ImageRecipe light(Architecture model) {
    return of(
        "light",
        model,
        List.of("augment.scale=[0.08, 1]", "augment.color-jitter=0.4", "augment.hflip=0.5"));
  }

  /** That of DeiT and XCiT: crop, flip, RandAugment, random erasing, MixUp and CutMix. */
  public static ImageRecipe canonical(Architecture model) {
    return of(
        "canonical",
        model,
        List.of(
            "augment.scale=[0.08, 1]",
            "augment.hflip=0.5",
            "augment.aa=rand-m9-mstd0.5-inc1",
            "augment.reprob=0.25",
            "augment.remode=pixel",
            "mixup.alpha=0.8",
            "mixup.cutmix-alpha=1"));
  }

  private static ImageRecipe of(String name, Architecture model, List<String> keys) {
    RunConfig config = ConfigLoader.load(List.of(), keys);
    RunParts parts = new RunParts(config, new Configuration(false));
    return new ImageRecipe(
        name,
        Augmentations.of(config.augment(), parts.preprocessing(model)),
        ObjectiveParts.mixup(config));
  }
}
