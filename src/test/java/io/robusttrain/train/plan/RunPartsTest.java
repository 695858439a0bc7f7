package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.around.GuidedAttack;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;

/** What the configuration leaves open comes from the model. */
class RunPartsTest {
  @Test
  void theCropIsTheModels() {
    assertThat(preprocessing("convnext_tiny").cropFraction()).isEqualTo(0.875);
    assertThat(preprocessing("xcit_nano_12_p16_224").cropFraction()).isEqualTo(1.0);
    assertThat(preprocessing("convnext_tiny", "augment.crop-pct=0.95").cropFraction())
        .isEqualTo(0.95);
  }

  @Test
  void pixelsAreNormalizedOnlyIfAsked() {
    assertThat(preprocessing("convnext_tiny").identity()).isTrue();
    Preprocessing timm = preprocessing("convnext_tiny", "model.normalize=default");
    assertThat(timm.mean()).containsExactly(0.485, 0.456, 0.406);
    assertThat(timm.std()).containsExactly(0.229, 0.224, 0.225);
    Preprocessing own =
        preprocessing("convnext_tiny", "model.normalize={mean=[0,0.5,1],std=[1,0.5,0.25]}");
    assertThat(own.mean()).containsExactly(0.0, 0.5, 1.0);
    assertThat(own.std()).containsExactly(1.0, 0.5, 0.25);
  }

  @Test
  void aGuidedAttackIsOneOfTwoObjectives() {
    String[] keys = {"amp.dtype=bf16", "objective.type=trades"};
    assertThat(objective(keys[0], keys[1], "attack.guided.steps=3"))
        .isEqualTo(
            new GuidedAttack(objective(keys), objective(keys[0], keys[1], "attack.steps=3")));
  }

  private static Objective objective(String... overrides) {
    Architecture architecture = ModelRegistry.create("xcit_nano_12_p16_224", ModelOptions.none());
    return new RunParts(ConfigLoader.load(List.of(), List.of(overrides)), new Configuration(false))
        .objective(architecture, architecture.defaultPreprocessing().unnormalized());
  }

  private static Preprocessing preprocessing(String model, String... overrides) {
    Architecture architecture = ModelRegistry.create(model, ModelOptions.none());
    return new RunParts(ConfigLoader.load(List.of(), List.of(overrides)), new Configuration(false))
        .preprocessing(architecture);
  }
}
