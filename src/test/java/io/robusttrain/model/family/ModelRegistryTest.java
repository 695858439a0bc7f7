package io.robusttrain.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.Preprocessing;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;

/** Creation by name, overrides and the checks on them. */
class ModelRegistryTest {
  private static final String SMALL = "xcit_small_12_p16_224";

  @Test
  void unknownNameHasTheNearest() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelRegistry.create("xcit_smal_12_p16_224", ModelOptions.none()))
        .withMessageContaining("unknown model xcit_smal_12_p16_224")
        .withMessageContaining(SMALL);
  }

  @Test
  void unknownArgumentHasTheNearest() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelRegistry.create(SMALL, Map.of("num_class", 10)))
        .withMessageContaining("unknown model argument num_class")
        .withMessageContaining("num_classes");
  }

  @Test
  void wrongTypeNamesTheArgument() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelOptions.of(Map.of("depth", 1.5)))
        .withMessage("model argument depth must be an integer, not 1.5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelOptions.of(Map.of("tokens_norm", "yes")))
        .withMessage("model argument tokens_norm must be true or false, not yes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelOptions.of(Map.of("eta", "big")))
        .withMessage("model argument eta must be a number, not big");
  }

  @Test
  void imageMustBeDivisibleByThePatch() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> create(ModelOptions.none().withImageSize(100)))
        .withMessageContaining("img_size 100x100 is not divisible by patch_size 16")
        .withMessageContaining("96x96");
  }

  @Test
  void dimensionMustFitHeadsAndStem() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> create(ModelOptions.none().with("embed_dim", 96).with("num_heads", 7)))
        .withMessageContaining("embed_dim 96 is not divisible by num_heads 7");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> create(ModelOptions.none().with("embed_dim", 36).with("num_heads", 2)))
        .withMessageContaining("stem of 4 convolutions")
        .withMessageContaining("try 40");
  }

  @Test
  void ratesAndCountsAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> create(ModelOptions.none().withDropPathRate(1)))
        .withMessageContaining("drop_path_rate must be in [0, 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> create(ModelOptions.none().withNumClasses(0)))
        .withMessageContaining("num_classes must be at least 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> create(ModelOptions.none().with("patch_size", 5)))
        .withMessageContaining("patch_size 5")
        .withMessageContaining("stem_strides");
  }

  @Test
  void windowsMustFitTheGrid() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelRegistry.create(
                    "swin_tiny_patch4_window7_224", ModelOptions.none().withImageSize(100)))
        .withMessageContaining("img_size 100x100 is not divisible by 32")
        .withMessageContaining("96x96");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelRegistry.create(
                    "swinv2_tiny_window8_256", ModelOptions.none().withImageSize(320)))
        .withMessageContaining("stage 2 has 20x20 places, which windows of 8x8");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelRegistry.create(
                    "swinv2_tiny_window8_256", ModelOptions.none().withImageSize(32)))
        .withMessageContaining("windows of 1x1 of at least 2x2");
  }

  @Test
  void headsAreOneNumberOrOneForEachStage() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> create(ModelOptions.none().with("num_heads", List.of(1, 2, 4, 8))))
        .withMessage(
            "model argument num_heads must be an integer for this model, not [1, 2, 4, 8]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelRegistry.create(
                    "swin_tiny_patch4_window7_224", ModelOptions.none().with("num_heads", 3)))
        .withMessageContaining("num_heads must be 4 numbers, not [3]");
  }

  @Test
  void aVisionTransformerMayHaveMoreThanItsNameSays() {
    ModelOptions more =
        ModelOptions.of(Map.of("qk_norm", true, "init_values", 0.1, "reg_tokens", 2));
    Architecture model = ModelRegistry.create("deit_small_patch16_224", more.withNumClasses(10));
    assertThat(model.timm().orElseThrow().code())
        .containsExactly(
            "model = timm.create_model(\"deit_small_patch16_224\", num_classes=10, reg_tokens=2, init_values=0.1, qk_norm=True)");
    assertThat(ModelRegistry.create(model.name(), model.arguments()).layout().specs())
        .isEqualTo(model.layout().specs());
    Architecture other =
        ModelRegistry.create("vit_base_patch16_xp_224", ModelOptions.none().with("qk_norm", false));
    assertThat(other.layout().find("blocks.0.q_norm.weight")).isEmpty();
    assertThat(ModelRegistry.create(other.name(), other.arguments()).layout().specs())
        .isEqualTo(other.layout().specs());
  }

  @Test
  void aVisionTransformerSaysWhatItCannotHave() {
    refused("vit_base_patch16_gap_224", "global_pool", "token")
        .withMessage(
            "vit_base_patch16_gap_224: global_pool must be avg, as there is no class token");
    refused("vit_giant_patch14_dinov2", "mlp_ratio", 5.25 + 1.0 / 1536)
        .withMessage(
            "vit_giant_patch14_dinov2: embed_dim 1536 times mlp_ratio %s is 8065, which gate and gated features cannot share; it must be even"
                .formatted(5.25 + 1.0 / 1536));
    refused("vit_small_patch14_reg4_dinov2", "reg_tokens", 0)
        .withMessage("vit_small_patch14_reg4_dinov2: reg_tokens must be at least 1, not 0");
    refused("vit_small_patch14_dinov2", "init_values", 0)
        .withMessage("vit_small_patch14_dinov2: init_values must be positive, not 0.0");
    for (String scaleless : List.of("vit_base_patch16_xp_224", "aimv2_large_patch14_224")) {
      refused(scaleless, "init_values", 0.1)
          .withMessageStartingWith(scaleless + " has no argument init_values; it has ");
    }
  }

  private static ThrowableAssertAlternative<IllegalArgumentException> refused(
      String name, String argument, Object value) {
    return assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelRegistry.create(name, ModelOptions.none().with(argument, value)));
  }

  @Test
  void stemsOfConvolutionsSayHowTheyArePutIntoTimms() {
    ModelOptions options = ModelOptions.none().withNumClasses(10);
    assertThat(ModelRegistry.create("convnext_b_cvst", options).timm().orElseThrow().code())
        .containsExactly(
            "model = timm.create_model(\"convnext_base\", num_classes=10)",
            "model.stem = torch.nn.Sequential()",
            "model.stem.add_module(\"stem\", torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3, stride=2, padding=1), timm.layers.LayerNorm2d(64, eps=1e-6), torch.nn.GELU(), torch.nn.Conv2d(64, 96, 3, stride=2, padding=1), timm.layers.LayerNorm2d(96, eps=1e-6), torch.nn.GELU(), torch.nn.Conv2d(96, 128, 3, stride=1, padding=1), timm.layers.LayerNorm2d(128, eps=1e-6), torch.nn.GELU()))");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelRegistry.create("convnext_t_cvst", ModelOptions.none().with("patch_size", 2)))
        .withMessageContaining("convnext_t_cvst has no argument patch_size");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelRegistry.create(
                    "convnext_b_cvst", ModelOptions.none().with("dims", List.of(6, 8, 8, 8))))
        .withMessageContaining("dims that begin with a multiple of 4, not [6, 8, 8, 8]");
  }

  @Test
  void patchSizeChoosesTheStem() {
    assertThat(create(ModelOptions.none().with("patch_size", 4).withImageSize(32)).arguments())
        .containsEntry("stem_strides", List.of(1, 1, 2, 2));
    assertThat(create(ModelOptions.none().with("patch_size", 8)).arguments())
        .doesNotContainKey("stem_strides");
    assertThat(create(ModelOptions.none().with("stem_strides", List.of(1, 2, 2, 2))).arguments())
        .containsEntry("patch_size", 8);
  }

  @Test
  void rectangularInputHasNoSide() {
    Architecture model = create(ModelOptions.none().with("img_size", List.of(48, 80)));
    assertThat(model.imageHeight()).isEqualTo(48);
    assertThat(model.imageWidth()).isEqualTo(80);
    assertThatIllegalStateException().isThrownBy(model::imageSize).withMessageContaining("48x80");
    assertThat(model.defaultPreprocessing().unnormalized())
        .isEqualTo(
            new Preprocessing(
                48, 80, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0), 1.0, "bicubic"));
  }

  @Test
  void architecturesAndOptionsAreSerialisable() throws IOException, ClassNotFoundException {
    ModelOptions options = ModelOptions.none().withNumClasses(3).with("img_size", List.of(64, 32));
    Architecture model =
        NormalizedArchitecture.of(
            create(options),
            create(options)
                .defaultPreprocessing()
                .normalizedBy(List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2)));
    assertThat(copy(options)).isEqualTo(options);
    assertThat(((Architecture) copy(model)).arguments()).isEqualTo(model.arguments());
  }

  private static Object copy(Object original) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(original);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return in.readObject();
    }
  }

  private static Architecture create(ModelOptions options) {
    return ModelRegistry.create(SMALL, options);
  }
}
