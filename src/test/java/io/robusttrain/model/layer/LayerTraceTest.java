package io.robusttrain.model.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.LayerSummary;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.tensor.NativeRuntime;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The layer table: complete, with real shapes, counted by definition. */
class LayerTraceTest {
  private static final Architecture MODEL =
      ModelRegistry.create(
          "xcit_small_12_p16_224",
          ModelOptions.none().with("img_size", List.of(48, 80)).withNumClasses(7));

  @Test
  void parametersOfTheLayersAreThoseOfTheModel() {
    for (Architecture model :
        List.of(MODEL, ModelRegistry.create("xcit_nano_12_p8_224", ModelOptions.none()))) {
      assertThat(model.layers().stream().mapToLong(LayerSummary::parameters).sum())
          .isEqualTo(model.layout().parameterCount());
    }
  }

  @Test
  void shapesAreThoseOfOneImage() {
    assertThat(MODEL.layers())
        .contains(
            new LayerSummary(
                "patch_embed.proj.0.0",
                "conv2d",
                List.of(3L, 48L, 80L),
                List.of(48L, 24L, 40L),
                48 * 27,
                24 * 40 * 48 * 27),
            new LayerSummary(
                "blocks.3.attn.qkv",
                "linear",
                List.of(15L, 384L),
                List.of(15L, 1152L),
                384 * 1152 + 1152,
                15 * 384 * 1152),
            new LayerSummary(
                "blocks.3.attn",
                "attention",
                List.of(15L, 384L),
                List.of(15L, 384L),
                8,
                2 * 15 * 384 * 48),
            new LayerSummary("blocks.3.gamma1", "parameter", List.of(), List.of(384L), 384, 0),
            new LayerSummary("cls_token", "parameter", List.of(), List.of(1L, 1L, 384L), 384, 0));
  }

  @Test
  void tracingLeavesNoNativeObject() {
    MODEL.layers();
    long before = NativeRuntime.liveHandles();
    MODEL.layers();
    assertThat(NativeRuntime.liveHandles()).isEqualTo(before);
  }
}
