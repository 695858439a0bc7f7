package io.robusttrain.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.storage.Fence;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every registered model must do: a tiny member runs, a full one is laid out. */
@Tag("slow")
class RegistryTest {
  private static final int CLASSES = 5;
  private static final int BATCH = 4;

  /** Around the rounding of gradients whose other elements are 1e-3 and more. */
  private static final float ROUNDING = 1e-5f;

  /**
   * Parameters whose gradient is zero but for rounding: a softmax ignores what shifts all its
   * logits alike, as the bias of class attention's keys and of talking heads before the softmax do;
   * PoolFormer subtracts each value from the mean around it, so the bias before that cancels.
   */
  private static final List<String> ZERO_GRADIENTS =
      List.of(
          "cls_attn_blocks\\.\\d+\\.attn\\.k\\.bias",
          "blocks_token_only\\.\\d+\\.attn\\.k\\.bias",
          "blocks\\.\\d+\\.attn\\.proj_l\\.bias",
          "stages\\.\\d+\\.blocks\\.\\d+\\.norm1\\.bias",
          "network\\.\\d+\\.\\d+\\.norm1\\.bias");

  /**
   * Sizes of a tiny member, each used where a model has such an argument. Images keep two patches a
   * side, or, after 32-fold reduction, four places: of a single place a pooling has no gradient.
   */
  private static final Map<String, Object> TINY =
      Map.ofEntries(
          Map.entry("embed_dim", 32),
          Map.entry("num_heads", 2),
          Map.entry("depth", 1),
          Map.entry("depth_token_only", 1),
          Map.entry("cls_attn_layers", 2),
          Map.entry("layers", List.of(1, 1, 1, 1)),
          Map.entry("depths", List.of(1, 1, 1, 1)),
          Map.entry("channels", List.of(8, 12, 16, 20)),
          Map.entry("dims", List.of(8, 12, 16, 20)),
          Map.entry("embed_dims", List.of(8, 12, 16, 20)),
          Map.entry("window_size", 4),
          Map.entry("widen_factor", 1));

  /** Other sizes of a pyramid of attention, whose heads are a list. */
  private static final Map<String, Object> TINY_PYRAMID =
      Map.of("embed_dim", 8, "num_heads", List.of(1, 2, 2, 2));

  @TempDir java.nio.file.Path folder;

  static List<String> names() {
    return ModelRegistry.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void layersHoldEveryParameter(String name) {
    Architecture model = ModelRegistry.create(name, ModelOptions.none());
    assertThat(model.layers().stream().mapToLong(LayerSummary::parameters).sum())
        .isEqualTo(model.layout().parameterCount());
    assertThat(model.macsPerImage()).isPositive();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyParameterLearns(String name) {
    Architecture model = tiny(name);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = scattered(model);
        BatchStatistics statistics = new BatchStatistics(model.layout(), ComputeDevice.CPU);
        Classifier classifier = model.bind(parameters)) {
      Tensor pixels = pixels(model);
      pixels.set_requires_grad(true);
      ForwardPass pass = ForwardPass.train(statistics, SeedKey.of(3));
      Tensor logits = classifier.forward(pixels, pass);
      assertThat(logits.shape()).containsExactly(BATCH, CLASSES);
      torch
          .cross_entropy(logits, Tensors.labels(new int[] {0, 1, 2, 3}, ComputeDevice.CPU))
          .backward();
      assertThat(largest(logits)).isFinite().isPositive();
      assertThat(largest(pixels.grad())).isFinite().isPositive();
      assertThat(largest(parameters.gradients())).isFinite();
      for (ParameterSpec spec : model.layout().specs()) {
        assertGradient(spec, largest(parameters.gradient(spec.name())));
      }
    }
  }

  private static void assertGradient(ParameterSpec spec, float largest) {
    if (spec.segment() == Segment.STATISTICS) {
      assertThat(largest).as(spec.name()).isZero();
    } else if (ZERO_GRADIENTS.stream().anyMatch(spec.name()::matches)) {
      assertThat(largest).as(spec.name()).isLessThan(ROUNDING);
    } else {
      assertThat(largest).as(spec.name()).isPositive();
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void modelFilesKeepEveryBit(String name) throws IOException {
    Architecture model = tiny(name);
    float[] written = new float[model.layout().size()];
    float[] logits;
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = scattered(model);
        Classifier classifier = model.bind(parameters)) {
      parameters.store(written, 0);
      logits = Tensors.toArray(classifier.forward(pixels(model), ForwardPass.eval()));
    }
    FileSystem files = FileSystem.getLocal(new Configuration());
    Path path = new Path(folder.resolve("model.safetensors").toUri());
    ModelFile.write(files, path, Fence.none(), card(model), tensors(model, written));
    try (ModelFile file = ModelFile.open(files, path)) {
      var stored = file.card().architecture();
      Architecture again = ModelRegistry.create(stored.model(), stored.arguments());
      float[] read = new float[again.layout().size()];
      for (ParameterSpec spec : again.layout().specs()) {
        assertThat(file.tensors().spec(spec.name()).shape()).isEqualTo(spec.shape());
        int count = Math.toIntExact(spec.elements());
        file.tensors().floats(spec.name(), 0, read, again.layout().offset(spec.name()), count);
      }
      assertThat(file.tensors().tensors()).hasSameSizeAs(again.layout().specs());
      assertThat(read).isEqualTo(written);
      try (PointerScope scope = new PointerScope();
          FlatParameters parameters = new FlatParameters(again.layout(), ComputeDevice.CPU);
          Classifier classifier = again.bind(parameters)) {
        parameters.load(read, 0);
        assertThat(Tensors.toArray(classifier.forward(pixels(again), ForwardPass.eval())))
            .isEqualTo(logits);
      }
    }
  }

  private static List<NamedTensor> tensors(Architecture model, float[] values) {
    List<NamedTensor> tensors = new ArrayList<>();
    for (ParameterSpec spec : model.layout().specs()) {
      int offset = model.layout().offset(spec.name());
      tensors.add(NamedTensor.floats(spec.name(), spec.shape(), values, offset));
    }
    return tensors;
  }

  private static ModelCard card(Architecture model) {
    Preprocessing input = model.defaultPreprocessing();
    return new ModelCard(
        ArchitectureCard.of(model.name(), model.arguments()),
        new PreprocessingCard(
            List.of(3, input.height(), input.width()),
            input.interpolation(),
            input.cropFraction(),
            input.mean(),
            input.std()),
        List.of("a", "b", "c", "d", "e"),
        Optional.empty(),
        Provenance.of(Map.of("project", "test")));
  }

  private static Architecture tiny(String name) {
    Map<String, Object> arguments = ModelRegistry.create(name, ModelOptions.none()).arguments();
    ModelOptions options =
        ModelOptions.none().withNumClasses(CLASSES).withImageSize(side(arguments));
    for (Map.Entry<String, Object> size : TINY.entrySet()) {
      Object full = arguments.get(size.getKey());
      // An argument of that name may be a number in one family and a list in another.
      if (full != null && full instanceof Collection == size.getValue() instanceof Collection) {
        options = options.with(size.getKey(), size.getValue());
      }
    }
    if (arguments.get("num_heads") instanceof Collection) {
      for (Map.Entry<String, Object> size : TINY_PYRAMID.entrySet()) {
        options = options.with(size.getKey(), size.getValue());
      }
    }
    if (arguments.containsKey("widen_factor")) {
      // The least of the 6n + 4 that this family takes.
      options = options.with("depth", 10);
    }
    return ModelRegistry.create(name, options);
  }

  private static int side(Map<String, Object> arguments) {
    if (arguments.get("patch_size") instanceof Integer patch
        && arguments.get("num_heads") instanceof Integer) {
      return 2 * patch;
    }
    return arguments.get("img_size").equals(32) ? 32 : 64;
  }

  /**
   * Initial values, moved so that nothing is zero: zero-initialised scales hide what they scale.
   */
  private static FlatParameters scattered(Architecture model) {
    FlatParameters parameters = new FlatParameters(model.layout(), ComputeDevice.CPU);
    model.initialize(parameters, SeedKey.of(1));
    try (PointerScope scope = new PointerScope()) {
      int count = model.layout().start(Segment.STATISTICS);
      Tensor noise = Tensors.normal(SeedKey.of(2), 0, 1, ComputeDevice.CPU, count);
      parameters.values().narrow(0, 0, count).add_(noise, new Scalar(0.1f));
    }
    return parameters;
  }

  private static Tensor pixels(Architecture model) {
    return Tensors.uniform(
        SeedKey.of(4), 0, 1, ComputeDevice.CPU, BATCH, 3, model.imageHeight(), model.imageWidth());
  }

  /** Not a number if any element is not. */
  private static float largest(Tensor tensor) {
    try (PointerScope scope = new PointerScope()) {
      return (float) tensor.detach().abs().max().item_double();
    }
  }
}
