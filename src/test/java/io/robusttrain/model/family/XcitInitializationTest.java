package io.robusttrain.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.Moments;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.junit.jupiter.api.Test;

/** The initial distribution against timm's: moments and bounds of each kind of tensor. */
@Numeric
class XcitInitializationTest {
  private static final Architecture MODEL =
      ModelRegistry.create(
          "xcit_tiny_24_p16_224", ModelOptions.none().with("depth", 1).withNumClasses(100));

  @Test
  void linearLayersAreNormal() {
    try (FlatParameters parameters = initialized(1)) {
      float[] weight = values(parameters, "blocks.0.attn.qkv.weight");
      Moments.assertMoments(weight, 0.02);
      Moments.assertMoments(values(parameters, "head.weight"), 0.02);
      assertThat(Moments.deviation(values(parameters, "cls_token"))).isCloseTo(0.02, within(0.004));
      // Far beyond two deviations: the truncation is at 2, not at 2 sigma.
      assertThat(Moments.maximum(weight)).isGreaterThan(0.07);
      assertThat(values(parameters, "blocks.0.attn.qkv.bias")).containsOnly(0f);
      assertThat(values(parameters, "head.bias")).containsOnly(0f);
    }
  }

  @Test
  void convolutionsAreUniformWithinTheirFanIn() {
    try (FlatParameters parameters = initialized(1)) {
      Moments.assertUniform(values(parameters, "patch_embed.proj.6.0.weight"), 96 * 9);
      Moments.assertUniform(values(parameters, "patch_embed.proj.0.0.weight"), 3 * 9);
      Moments.assertUniform(values(parameters, "pos_embed.token_projection.weight"), 64);
      Moments.assertUniform(values(parameters, "pos_embed.token_projection.bias"), 64);
      Moments.assertUniform(values(parameters, "blocks.0.local_mp.conv1.weight"), 9);
      Moments.assertUniform(values(parameters, "blocks.0.local_mp.conv2.bias"), 9);
    }
  }

  @Test
  void normsScalesAndTemperaturesAreConstant() {
    try (FlatParameters parameters = initialized(1)) {
      assertThat(values(parameters, "blocks.0.gamma3")).containsOnly(1e-5f);
      assertThat(values(parameters, "cls_attn_blocks.1.gamma2")).containsOnly(1e-5f);
      assertThat(values(parameters, "blocks.0.attn.temperature")).containsOnly(1f);
      assertThat(values(parameters, "blocks.0.norm2.weight")).containsOnly(1f);
      assertThat(values(parameters, "norm.bias")).containsOnly(0f);
      assertThat(values(parameters, "blocks.0.local_mp.bn.weight")).containsOnly(1f);
      assertThat(values(parameters, "blocks.0.local_mp.bn.running_mean")).containsOnly(0f);
      assertThat(values(parameters, "blocks.0.local_mp.bn.running_var")).containsOnly(1f);
    }
  }

  @Test
  void equalKeysGiveEqualValuesAndOthersDiffer() {
    try (FlatParameters first = initialized(1);
        FlatParameters same = initialized(1);
        FlatParameters other = initialized(2)) {
      float[] values = Tensors.toArray(first.values());
      assertThat(Tensors.toArray(same.values())).isEqualTo(values);
      assertThat(values(other, "head.weight")).isNotEqualTo(values(first, "head.weight"));
    }
  }

  private static FlatParameters initialized(long seed) {
    FlatParameters parameters = new FlatParameters(MODEL.layout(), ComputeDevice.CPU);
    MODEL.initialize(parameters, SeedKey.of(seed));
    return parameters;
  }

  private static float[] values(FlatParameters parameters, String name) {
    return Tensors.toArray(parameters.value(name));
  }
}
