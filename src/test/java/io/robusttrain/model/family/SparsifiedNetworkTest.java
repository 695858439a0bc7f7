package io.robusttrain.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code mean_sparse}: in every family, before each activation function, and nowhere unasked. */
class SparsifiedNetworkTest {
  private static final Map<String, ?> STAGES =
      Map.of("img_size", 64, "depths", List.of(1, 1, 2, 1), "dims", List.of(8, 16, 24, 32));

  private static final Map<String, ?> WINDOWS =
      Map.of(
          "img_size",
          64,
          "embed_dim",
          8,
          "depths",
          List.of(1, 1, 2, 1),
          "num_heads",
          List.of(1, 1, 2, 2),
          "window_size",
          4);

  /**
   * A small network.
   *
   * @param activations how many it computes, by its published definition
   */
  private record Small(String name, Map<String, ?> arguments, int activations) {
    Architecture plain() {
      return ModelRegistry.create(name, ModelOptions.of(arguments));
    }

    Architecture sparsified(double alpha) {
      return ModelRegistry.create(name, ModelOptions.of(arguments).with("mean_sparse", alpha));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Small> families() {
    Map<String, ?> tokens =
        Map.of("img_size", 32, "patch_size", 8, "embed_dim", 32, "depth", 2, "num_heads", 4);
    return List.of(
        // Three in the stem of four convolutions, two a block, one a class block.
        new Small(
            "xcit_nano_12_p16_224",
            Map.of("img_size", 64, "embed_dim", 32, "depth", 2, "num_heads", 2),
            3 + 2 * 2 + 2),
        new Small("deit_small_patch16_224", tokens, 2),
        // Two class blocks more.
        new Small("cait_s12_224", tokens, 2 + 2),
        new Small("beit_base_patch16_224", tokens, 2),
        // Gates: one behind a tensor for both, one with a tensor each and a norm.
        new Small("eva02_tiny_patch14_224", tokens, 2),
        new Small("eva02_base_patch14_224", tokens, 2),
        // Four in the stem.
        new Small(
            "vit_s_cvst",
            Map.of("img_size", 32, "embed_dim", 32, "depth", 2, "num_heads", 4),
            4 + 2),
        // A gate without norm, in one tensor and in two, and an MLP beside attention.
        new Small("vit_giant_patch14_dinov2", tokens, 2),
        new Small("aimv2_large_patch14_224", tokens, 2),
        new Small("vit_base_patch16_xp_224", tokens, 2),
        new Small("swin_tiny_patch4_window7_224", WINDOWS, 5),
        // The MLP that makes a bias of distances sees no features.
        new Small("swinv2_tiny_window8_256", WINDOWS, 5),
        new Small("convnext_tiny", STAGES, 5),
        new Small("convnextv2_atto", STAGES, 5),
        new Small("convnext_t_cvst", STAGES, 2 + 5),
        new Small("convnext_b_cvst", STAGES, 3 + 5),
        new Small("poolformer_m12", STAGES, 5),
        // One behind the stem, three a bottleneck.
        new Small(
            "resnet50",
            Map.of(
                "img_size", 64, "layers", List.of(2, 1, 1, 1), "channels", List.of(8, 12, 16, 20)),
            1 + 3 * 5),
        // Two a block of three, one before the pool.
        new Small("wide_resnet28_10", Map.of("depth", 10, "widen_factor", 1), 2 * 3 + 1),
        new Small("wide_resnet28_10_silu", Map.of("depth", 10, "widen_factor", 1), 2 * 3 + 1));
  }

  /** Statistics of zero change nothing, so that the two networks are the same to the bit. */
  @Numeric
  @ParameterizedTest
  @MethodSource("families")
  void everyActivationHasOneAndNothingElseIsOther(Small small) {
    Architecture plain = small.plain();
    Architecture sparsified = small.sparsified(0.5);
    List<ParameterSpec> added =
        sparsified.layout().specs().stream()
            .filter(spec -> plain.layout().find(spec.name()).isEmpty())
            .toList();
    assertThat(added).hasSize(2 * small.activations());
    assertThat(added).allMatch(spec -> spec.segment() == Segment.STATISTICS);
    assertThat(added)
        .filteredOn(spec -> MeanSparse.isMean(spec.name()))
        .hasSize(small.activations());
    assertThat(sparsified.layout().specs()).containsAll(plain.layout().specs());
    assertThat(sparsified.layout().specs()).hasSize(plain.layout().specs().size() + added.size());
    assertThat(sparsified.batchNorms()).isEqualTo(plain.batchNorms());
    assertThat(sparsified.timm()).isEmpty();
    Map<String, Object> arguments = new TreeMap<>(plain.arguments());
    arguments.put("mean_sparse", 0.5);
    assertThat(new TreeMap<>(sparsified.arguments())).isEqualTo(arguments);
    assertThat(logits(sparsified, Map.of())).containsExactly(logits(plain, Map.of()));
  }

  /** With all values near zero an activation function gets nothing but zeros. */
  @Numeric
  @ParameterizedTest
  @MethodSource("families")
  void everyOneOfThemIsOnTheWayOfThePixels(Small small) {
    Architecture sparsified = small.sparsified(1);
    float[] usual = logits(sparsified, Map.of());
    for (ParameterSpec spec : sparsified.layout().specs()) {
      if (spec.name().endsWith(".mean_sparse.mean")) {
        String name = spec.name().replace(".mean_sparse.mean", ".mean_sparse.std");
        assertThat(logits(sparsified, Map.of(name, 1e9f))).as(name).isNotEqualTo(usual);
      }
    }
  }

  /** Logits of noise with weights far from their initial zeros. */
  private static float[] logits(Architecture network, Map<String, Float> filled) {
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = new FlatParameters(network.layout(), ComputeDevice.CPU)) {
      network.initialize(parameters, SeedKey.of(3));
      float[] flat = new float[network.layout().size()];
      parameters.store(flat, 0);
      for (ParameterSpec spec : network.layout().specs()) {
        int start = network.layout().offset(spec.name());
        for (int i = 0; i < spec.elements(); i++) {
          // Branches that begin at nothing say something, alike in both layouts.
          boolean scale = spec.segment() == Segment.UNDECAYED;
          flat[start + i] += scale ? 0.1f * (i % 3 + 1) : 0;
        }
        if (filled.containsKey(spec.name())) {
          Arrays.fill(flat, start, (int) (start + spec.elements()), filled.get(spec.name()));
        }
      }
      parameters.load(flat, 0);
      try (Classifier classifier = network.bind(parameters)) {
        return Tensors.toArray(
            classifier.forward(
                Tensors.uniform(
                    SeedKey.of(4),
                    0,
                    1,
                    ComputeDevice.CPU,
                    2,
                    3,
                    network.imageHeight(),
                    network.imageWidth()),
                ForwardPass.eval()));
      }
    }
  }

  @Test
  void aReachBelowNothingIsRefused() {
    assertThatThrownBy(
            () ->
                ModelRegistry.create(
                    "deit_small_patch16_224", ModelOptions.none().with("mean_sparse", -1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "deit_small_patch16_224: mean_sparse must be at least 0 standard deviations, not -1.0");
  }
}
