package io.robusttrain.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The initial distributions of DeiT and CaiT against timm's: moments and bounds. */
@Numeric
class TransformerInitializationTest {
  @ParameterizedTest
  @CsvSource({
    "deit_tiny_patch16_224, blocks.1.attn.qkv, 0.02",
    "deit_tiny_patch16_224, blocks.0.mlp.fc2, 0.02",
    "deit_tiny_patch16_224, head, 0.02",
    "cait_xxs24_224, blocks.1.attn.qkv, 0.02",
    "cait_xxs24_224, blocks_token_only.0.attn.k, 0.02",
    "cait_xxs24_224, head, 0.02"
  })
  void linearLayersAreNormalWithoutBias(String model, String layer, double deviation) {
    try (FlatParameters parameters = initialized(model)) {
      float[] weight = values(parameters, layer + ".weight");
      Moments.assertMoments(weight, deviation);
      // Far beyond two deviations: the truncation is at 2, not at 2 sigma.
      assertThat(Moments.maximum(weight)).isGreaterThan(0.07);
      assertThat(values(parameters, layer + ".bias")).containsOnly(0f);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "deit_tiny_patch16_224, pos_embed, 0.02",
    "deit_tiny_patch16_224, cls_token, 1e-6",
    "cait_xxs24_224, pos_embed, 0.02",
    "cait_xxs24_224, cls_token, 0.02",
  })
  void tokensAndPositionsAreNormal(String model, String tensor, double deviation) {
    try (FlatParameters parameters = initialized(model)) {
      Moments.assertMoments(values(parameters, tensor), deviation);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deit_tiny_patch16_224", "cait_xxs24_224"})
  void patchesAreUniformWithinTheirFanIn(String model) {
    try (FlatParameters parameters = initialized(model)) {
      double bound = 1 / Math.sqrt(3 * 16 * 16);
      float[] weight = values(parameters, "patch_embed.proj.weight");
      Moments.assertMoments(weight, bound / Math.sqrt(3));
      assertThat(Moments.maximum(weight)).isLessThanOrEqualTo(bound).isGreaterThan(0.99 * bound);
      float[] bias = values(parameters, "patch_embed.proj.bias");
      Moments.assertMoments(bias, bound / Math.sqrt(3));
      assertThat(Moments.maximum(bias)).isLessThanOrEqualTo(bound).isGreaterThan(0.9 * bound);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cait_xxs24_224, 1e-5",
    "cait_xxs36_384, 1e-5",
    "cait_s36_384, 1e-6",
    "cait_s12_224, 1.0"
  })
  void layerScalesAndNormsAreConstant(String model, float scale) {
    try (FlatParameters parameters = initialized(model)) {
      assertThat(values(parameters, "blocks.1.gamma_1")).containsOnly(scale);
      assertThat(values(parameters, "blocks_token_only.1.gamma_2")).containsOnly(scale);
      assertThat(values(parameters, "blocks.0.norm1.weight")).containsOnly(1f);
      assertThat(values(parameters, "norm.bias")).containsOnly(0f);
    }
  }

  @Test
  void beitsDeeperBlocksStartSmallerAndItsHeadWithNextToNothing() {
    try (FlatParameters parameters = initialized("beit_base_patch16_224")) {
      Moments.assertMoments(values(parameters, "blocks.1.attn.qkv.weight"), 0.02);
      Moments.assertMoments(values(parameters, "blocks.0.attn.proj.weight"), 0.02 / Math.sqrt(2));
      Moments.assertMoments(values(parameters, "blocks.1.attn.proj.weight"), 0.01);
      Moments.assertMoments(values(parameters, "blocks.1.mlp.fc2.weight"), 0.01);
      Moments.assertMoments(values(parameters, "blocks.1.mlp.fc1.weight"), 0.02);
      Moments.assertMoments(values(parameters, "head.weight"), 2e-5);
      Moments.assertMoments(values(parameters, "cls_token"), 0.02);
      assertThat(values(parameters, "blocks.1.gamma_2")).containsOnly(0.1f);
      assertThat(values(parameters, "blocks.1.attn.relative_position_bias_table")).containsOnly(0f);
      assertThat(values(parameters, "blocks.0.attn.v_bias")).containsOnly(0f);
    }
  }

  /** timm's {@code SwiGLUPacked} takes the half that is gated for the gate. */
  @Test
  void aGatedMlpStartsWithItsGateAlone() {
    try (FlatParameters parameters =
        initialized("vit_giant_patch14_dinov2", "embed_dim", 48, "depth", 2)) {
      float[] weight = values(parameters, "blocks.1.mlp.fc1.weight");
      float[] bias = values(parameters, "blocks.1.mlp.fc1.bias");
      Moments.assertMoments(Arrays.copyOf(weight, weight.length / 2), 0.02);
      Moments.assertMoments(Arrays.copyOfRange(weight, weight.length / 2, weight.length), 1e-6);
      assertThat(Arrays.copyOf(bias, bias.length / 2)).containsOnly(0f);
      assertThat(Arrays.copyOfRange(bias, bias.length / 2, bias.length)).containsOnly(1f);
      Moments.assertMoments(values(parameters, "blocks.0.mlp.fc2.weight"), 0.02);
      assertThat(values(parameters, "blocks.1.ls1.gamma")).containsOnly(1e-5f);
      assertThat(values(parameters, "blocks.0.ls2.gamma")).containsOnly(1e-5f);
    }
    try (FlatParameters parameters =
        initialized("aimv2_large_patch14_224", "embed_dim", 48, "depth", 1)) {
      Moments.assertMoments(values(parameters, "blocks.0.mlp.fc1_g.weight"), 1e-6);
      Moments.assertMoments(values(parameters, "blocks.0.mlp.fc1_x.weight"), 0.02);
      assertThat(values(parameters, "patch_embed.norm.weight")).containsOnly(1f);
    }
  }

  @Test
  void registersStartAsTheClassTokenAndNormsOfHeadsWithOne() {
    try (FlatParameters parameters =
        initialized("vit_small_patch14_reg4_dinov2", "qk_norm", true, "depth", 1)) {
      Moments.assertMoments(values(parameters, "reg_token"), 1e-6);
      assertThat(values(parameters, "blocks.0.attn.q_norm.weight")).containsOnly(1f);
      assertThat(values(parameters, "blocks.0.attn.k_norm.bias")).containsOnly(0f);
    }
    try (FlatParameters parameters =
        initialized("vit_base_patch16_xp_224", "embed_dim", 48, "depth", 1)) {
      Moments.assertMoments(values(parameters, "blocks.0.in_proj.weight"), 0.02);
      Moments.assertMoments(values(parameters, "blocks.0.mlp_out_proj.weight"), 0.02);
      assertThat(values(parameters, "blocks.0.mlp_bias")).containsOnly(0f);
      assertThat(values(parameters, "blocks.0.attn_out_proj.bias")).containsOnly(0f);
      assertThat(values(parameters, "norm_pre.weight")).containsOnly(1f);
    }
  }

  @Test
  void swinStartsAsTimms() {
    try (FlatParameters parameters =
        initialized("swin_tiny_patch4_window7_224", "depths", List.of(1, 1, 1, 1))) {
      Moments.assertMoments(
          values(parameters, "layers.3.blocks.0.attn.relative_position_bias_table"), 0.02);
      Moments.assertMoments(values(parameters, "layers.1.downsample.reduction.weight"), 0.02);
      Moments.assertMoments(values(parameters, "head.fc.weight"), 0.02);
      assertThat(values(parameters, "layers.0.blocks.0.norm1.weight")).containsOnly(1f);
    }
  }

  @Test
  void blocksOfSwinV2StartAsTheIdentity() {
    try (FlatParameters parameters =
        initialized("swinv2_tiny_window8_256", "depths", List.of(1, 1, 1, 1))) {
      Moments.assertMoments(values(parameters, "layers.2.blocks.0.attn.cpb_mlp.0.weight"), 0.02);
      Moments.assertMoments(values(parameters, "layers.2.blocks.0.attn.cpb_mlp.2.weight"), 0.02);
      assertThat(values(parameters, "layers.2.blocks.0.attn.logit_scale"))
          .containsOnly((float) Math.log(10));
      for (String norm : List.of("norm1", "norm2")) {
        assertThat(values(parameters, "layers.2.blocks.0." + norm + ".weight")).containsOnly(0f);
      }
      assertThat(values(parameters, "layers.1.downsample.norm.weight")).containsOnly(1f);
    }
  }

  private static FlatParameters initialized(String name) {
    return initialized(name, "depth", 2);
  }

  private static FlatParameters initialized(String name, String argument, Object value) {
    return initialized(name, ModelOptions.none().with(argument, value));
  }

  private static FlatParameters initialized(
      String name, String argument, Object value, String other, Object otherValue) {
    return initialized(name, ModelOptions.none().with(argument, value).with(other, otherValue));
  }

  private static FlatParameters initialized(String name, ModelOptions arguments) {
    ModelOptions options = arguments.withNumClasses(100);
    Architecture model = ModelRegistry.create(name, options);
    FlatParameters parameters = new FlatParameters(model.layout(), ComputeDevice.CPU);
    model.initialize(parameters, SeedKey.of(1));
    return parameters;
  }

  private static float[] values(FlatParameters parameters, String name) {
    return Tensors.toArray(parameters.value(name));
  }
}
