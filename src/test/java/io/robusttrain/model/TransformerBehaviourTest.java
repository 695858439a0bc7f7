package io.robusttrain.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Positions, patch sizes, drop path and native memory of DeiT and CaiT. */
@Numeric
class TransformerBehaviourTest {
  private static final String DEIT = "deit_tiny_patch16_224";
  private static final String CAIT = "cait_xxs24_224";
  private static final ModelOptions TINY =
      ModelOptions.none()
          .withNumClasses(5)
          .withImageSize(32)
          .with("patch_size", 8)
          .with("embed_dim", 16)
          .with("depth", 2)
          .with("num_heads", 2);

  @ParameterizedTest
  @CsvSource({
    DEIT + ", 1, 25",
    CAIT + ", 0, 24",
    "vit_base_patch14_dinov2, 1, 25",
    "vit_base_patch14_reg4_dinov2, 0, 24",
    "vit_so150m_patch16_reg4_gap_256, 4, 28",
    "vit_base_patch16_gap_224, 0, 24",
    "aimv2_large_patch14_224, 0, 24"
  })
  void positionsSpanTheGrid(String name, int prefix, int tokens) {
    ModelOptions options = TINY.with("img_size", List.of(32, 48));
    Architecture model = ModelRegistry.create(name, options);
    PositionGrid grid = new PositionGrid("pos_embed", 4, 6, prefix);
    assertThat(model.positionGrid()).contains(grid);
    assertThat(grid.tokens()).isEqualTo(tokens);
    assertThat(shape(model, "pos_embed")).containsExactly(1L, (long) tokens, 16L);
    assertThat(shape(model, "patch_embed.proj.weight")).containsExactly(16L, 3L, 8L, 8L);
    Architecture normalizing =
        NormalizedArchitecture.of(
            model,
            model
                .defaultPreprocessing()
                .normalizedBy(List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2)));
    assertThat(normalizing.positionGrid()).contains(grid);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(model);
        Classifier classifier = model.bind(parameters)) {
      Tensor logits = classifier.forward(images(2, 32, 48), ForwardPass.eval());
      assertThat(Tensors.toArray(logits)).hasSize(2 * 5).doesNotContain(Float.NaN);
    }
  }

  @Test
  void convolutionalPositionsHaveNoGrid() {
    Architecture model = ModelRegistry.create("xcit_nano_12_p16_224", ModelOptions.none());
    assertThat(model.positionGrid()).isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {DEIT, CAIT})
  void pixelsOfAnotherSizeAreRefused(String name) {
    Architecture model = ModelRegistry.create(name, TINY);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(model);
        Classifier classifier = model.bind(parameters)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> classifier.forward(images(1, 48, 32), ForwardPass.eval()))
          .withMessageContaining(name + " has position embeddings for 32x32 pixels")
          .withMessageContaining("48x32")
          .withMessageContaining("img_size");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {DEIT, CAIT})
  void pixelsNeedNotLieInRows(String name) {
    Architecture model = ModelRegistry.create(name, TINY);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(model, ScalarType.Double);
        Classifier classifier = model.bind(parameters)) {
      Tensor images = images(2, 32, 32).to(ScalarType.Double);
      Tensor others = images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
      double[] expected = Doubles.of(classifier.forward(images, ForwardPass.eval()));
      double[] actual = Doubles.of(classifier.forward(others, ForwardPass.eval()));
      // Sums in another order, in float64; a pixel in a wrong place changes logits by percents.
      assertThat(Doubles.largestDifference(actual, expected))
          .isLessThan(1e-12 * Doubles.largest(expected));
    }
  }

  /** CaiT drops alike in all blocks, DeiT not in the first and most in the last. */
  @Test
  void dropPathGrowsWithDepthInDeitOnly() {
    assertThat(changedByDropping(DEIT, 1)).isFalse();
    assertThat(changedByDropping(DEIT, 2)).isTrue();
    assertThat(changedByDropping(CAIT, 1)).isTrue();
  }

  private static boolean changedByDropping(String name, int depth) {
    ModelOptions options = TINY.with("depth", depth).withDropPathRate(0.5);
    if (name.equals(CAIT)) {
      options = options.with("init_values", 1.0);
    }
    Architecture model = ModelRegistry.create(name, options);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(model);
        BatchStatistics statistics = new BatchStatistics(model.layout(), ComputeDevice.CPU);
        Classifier classifier = model.bind(parameters)) {
      Tensor images = images(16, 32, 32);
      Tensor kept = classifier.forward(images, ForwardPass.eval());
      Tensor dropped = classifier.forward(images, ForwardPass.train(statistics, SeedKey.of(3)));
      return kept.sub(dropped).abs().max().item_double() > 1e-5;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {DEIT, CAIT})
  void stepsLeaveNoNativeHandles(String name) {
    Architecture model = ModelRegistry.create(name, TINY);
    long before = 0;
    for (int i = 0; i < 3; i++) {
      try (FlatParameters parameters = initialized(model);
          Classifier classifier = model.bind(parameters);
          PointerScope scope = new PointerScope()) {
        classifier.forward(images(2, 32, 32), ForwardPass.eval()).square().sum().backward();
      }
      before = i == 0 ? NativeRuntime.liveHandles() : before;
      assertThat(NativeRuntime.liveHandles()).isEqualTo(before);
    }
  }

  private static List<Long> shape(Architecture model, String tensor) {
    return model.layout().specs().stream()
        .filter(spec -> spec.name().equals(tensor))
        .map(ParameterSpec::shape)
        .findFirst()
        .orElseThrow();
  }

  private static Tensor images(long batch, long height, long width) {
    return Tensors.uniform(SeedKey.of(9), 0, 1, ComputeDevice.CPU, batch, 3, height, width);
  }

  private static FlatParameters initialized(Architecture model) {
    return initialized(model, ScalarType.Float);
  }

  private static FlatParameters initialized(Architecture model, ScalarType dtype) {
    FlatParameters parameters = new FlatParameters(model.layout(), ComputeDevice.CPU, dtype);
    model.initialize(parameters, SeedKey.of(5));
    return parameters;
  }
}
