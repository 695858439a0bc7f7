package io.robusttrain.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.ParameterPrefixes;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The layers of each family against what timm 1.0.29's {@code param_groups_layer_decay} makes of
 * the same model with a decay of 0.75 (of PoolFormer, which timm does not group, with ConvNeXt's
 * patterns).
 */
@Numeric
class LayerGroupsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "xcit_nano_12_p16_224",
        "deit_tiny_patch16_224",
        "cait_xxs24_224",
        "convnext_tiny",
        "convnextv2_atto",
        "convnext_t_cvst",
        "vit_s_cvst",
        "vit_base_patch16_xp_224",
        "vit_small_patch14_reg4_dinov2",
        "vit_wee_patch16_reg1_gap_256",
        "aimv2_large_patch14_224",
        "swin_tiny_patch4_window7_224",
        "swinv2_tiny_window8_256",
        "beit_base_patch16_224",
        "eva02_tiny_patch14_224",
        "poolformer_s12",
        "resnet50"
      })
  void ratesAreTimms(String name) throws IOException {
    Architecture model = ModelRegistry.create(name, ModelOptions.of(Map.of()));
    Map<String, Integer> layers = model.layerIds();
    int last = Collections.max(layers.values());
    JsonNode scales = oracle().path("models").path(name);
    int compared = 0;
    for (ParameterSpec spec : model.layout().specs()) {
      if (spec.segment() != Segment.STATISTICS) {
        double scale = Math.pow(0.75, last - layers.get(spec.name()));
        assertThat(scale)
            .as(spec.name())
            .isCloseTo(scales.path(spec.name()).asDouble(), within(1e-12));
        compared++;
      }
    }
    assertThat(compared).isEqualTo(scales.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"xcit_small_12_p16_224", "resnet50", "wide_resnet28_10"})
  void statisticsLieInTheLayerOfTheirBatchNorm(String name) {
    Map<String, Integer> layers = ModelRegistry.create(name, ModelOptions.of(Map.of())).layerIds();
    layers.forEach(
        (tensor, layer) -> {
          if (tensor.endsWith("running_mean")) {
            assertThat(layer).isEqualTo(layers.get(tensor.replace("running_mean", "weight")));
          }
        });
  }

  @Test
  void aWideResNetHasAStemItsBlocksAndAHead() {
    Map<String, Integer> layers =
        ModelRegistry.create("wide_resnet28_10", ModelOptions.of(Map.of())).layerIds();
    assertThat(layers)
        .containsEntry("conv1.weight", 0)
        .containsEntry("block1.layer.0.conv1.weight", 1)
        .containsEntry("block3.layer.3.conv2.weight", 12)
        .containsEntry("bn1.weight", 12)
        .containsEntry("fc.weight", 13);
  }

  @Test
  void prefixesEndAtADotAndUnknownOnesAreAnsweredWithTheNearest() {
    Architecture model = ModelRegistry.create("xcit_nano_12_p16_224", ModelOptions.of(Map.of()));
    assertThat(ParameterPrefixes.matching(model.layout(), "blocks.1"))
        .contains("blocks.1.gamma1", "blocks.1.local_mp.bn.running_mean")
        .noneMatch(name -> name.startsWith("blocks.10") || name.startsWith("blocks.11"));
    assertThat(ParameterPrefixes.matching(model.layout(), "cls_token"))
        .isEqualTo(java.util.Set.of("cls_token"));
    for (String wrong : List.of("block.1", "patch_embedding", "blocks.12")) {
      assertThatThrownBy(() -> ParameterPrefixes.matching(model.layout(), wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no tensor's name begins with " + wrong);
    }
    assertThatThrownBy(() -> ParameterPrefixes.matching(model.layout(), "patch_embd"))
        .hasMessageContaining("nearest beginnings are patch_embed,");
  }

  private static JsonNode oracle() throws IOException {
    try (InputStream in =
        LayerGroupsTest.class.getResourceAsStream("/golden/finetune/layer-decay.json")) {
      return new ObjectMapper().readTree(in);
    }
  }
}
