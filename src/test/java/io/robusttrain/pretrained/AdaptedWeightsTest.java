package io.robusttrain.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.pretrained.AdaptationOptions.Layer;
import io.robusttrain.pretrained.AdaptationOptions.Normalization;
import io.robusttrain.pretrained.AdaptationOptions.Strictness;
import io.robusttrain.pretrained.AdaptationReport.Kind;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What does not fit is told at once; what is changed is changed as asked, and reported. */
@Numeric
class AdaptedWeightsTest {
  private static final AdaptationOptions STRICT = AdaptationOptions.strict();
  private static final AdaptationOptions LENIENT =
      new AdaptationOptions(Strictness.LENIENT, Layer.KEEP, Layer.KEEP, Normalization.CHECKED);
  private static final AdaptationOptions NEW_HEAD =
      new AdaptationOptions(Strictness.STRICT, Layer.REPLACE, Layer.KEEP, Normalization.CHECKED);
  private static final AdaptationOptions NEW_STEM =
      new AdaptationOptions(Strictness.STRICT, Layer.KEEP, Layer.REPLACE, Normalization.CHECKED);
  private static final AdaptationOptions OVERRIDDEN =
      new AdaptationOptions(Strictness.STRICT, Layer.KEEP, Layer.KEEP, Normalization.OVERRIDDEN);
  private static final List<Double> MEAN = List.of(0.485, 0.456, 0.406);
  private static final List<Double> STD = List.of(0.229, 0.224, 0.225);

  private final Architecture xcit = Tiny.xcit();

  @TempDir(factory = OddFolder.class)
  Path dir;

  @Test
  void everyDifferenceIsToldAtOnce() throws IOException {
    Path file =
        foreign(
            "xcit_p16",
            name -> name.equals("cls_token") ? "" : name.equals("norm.bias") ? "norm.shift" : name);
    Architecture wider = xcit(Map.of("mlp_ratio", 2.0));
    assertThatThrownBy(() -> Tiny.fit(file, wider, STRICT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "does not hold the weights of xcit_small_12_p16_224: 2 tensors missing (cls_token, norm.bias); 1 tensor unexpected (norm.shift); 12 tensors of another shape (blocks.0.mlp.fc1.weight is [128, 32] instead of [64, 32], ")
        .hasMessageContaining(" and 4 more). Use a file of the same architecture")
        .hasMessageEndingWith(
            "With model.initial.strict = false what does not fit keeps its initial values.");
  }

  @Test
  void unexpectedTensorsAloneAreAnErrorToo() throws IOException {
    List<NamedTensor> tensors = new ArrayList<>(stateDict());
    tensors.add(NamedTensor.floats("aux.weight", List.of(1L), new float[1]));
    Path file = Tiny.write(dir.resolve("f"), tensors);
    assertThatThrownBy(() -> Tiny.fit(file, xcit, STRICT))
        .hasMessageContaining("xcit_small_12_p16_224: 1 tensor unexpected (aux.weight). Use")
        .hasMessageEndingWith("With model.initial.strict = false they are left out.");
    AdaptedWeights weights = Tiny.fit(file, xcit, LENIENT);
    assertThat(weights.report().changes())
        .map(Object::toString)
        .containsExactly("not used: aux.weight");
    assertThat(weights.values())
        .isEqualTo(Tiny.fit(foreign("xcit_p16", name -> name), xcit, STRICT).values());
  }

  @Test
  void lenientLoadingListsWhatItLeaves() throws IOException {
    Path file =
        foreign(
            "xcit_p16",
            name -> name.equals("cls_token") ? "" : name.equals("norm.bias") ? "norm.shift" : name);
    Architecture other = xcit(Map.of("num_classes", 7));
    AdaptedWeights weights = Tiny.fit(file, other, LENIENT);
    assertThat(Tiny.texts(weights.report(), Kind.INITIAL))
        .containsExactly(
            "cls_token",
            "norm.bias",
            "head.weight is [10, 32] instead of [7, 32]",
            "head.bias is [10] instead of [7]");
    assertThat(Tiny.texts(weights.report(), Kind.SKIPPED)).containsExactly("norm.shift");
    assertThat(weights.report().facts())
        .containsEntry("initial_weights_skipped", "norm.shift")
        .containsKeys("initial_weights", "initial_weights_initial")
        .hasSize(3);
    float[] initial = Tiny.initialValues(other);
    for (String name : List.of("cls_token", "norm.bias", "head.weight", "head.bias")) {
      assertThat(Tiny.tensor(other, weights.values(), name))
          .as(name)
          .isEqualTo(Tiny.tensor(other, initial, name));
    }
    assertThat(Tiny.tensor(other, weights.values(), "norm.weight"))
        .isEqualTo(Tiny.golden("xcit_p16").floats("model.norm.weight"));
  }

  @Test
  void aFileOfSomethingElseIsRefusedEvenLeniently() throws IOException {
    Path file = foreign("resnet_relu", UnaryOperator.identity());
    assertThatThrownBy(() -> Tiny.fit(file, xcit, LENIENT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "does not hold the weights of xcit_small_12_p16_224 (no tensor fits): ");
  }

  @Test
  void aNewHeadMustBeAskedFor() throws IOException {
    Path file = foreign("xcit_p16", UnaryOperator.identity());
    Architecture other = xcit(Map.of("num_classes", 100));
    assertThatThrownBy(() -> Tiny.fit(file, other, STRICT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("2 tensors of another shape (head.weight is [10, 32] instead of")
        .hasMessageContaining(
            "The file's classifier has 10 classes, the model's 100: set model.initial.head = replace for a new one.");
    AdaptedWeights weights = Tiny.fit(file, other, NEW_HEAD);
    assertThat(weights.report().changes())
        .map(Object::toString)
        .containsExactly("initialised anew: head.weight, head.bias");
    float[] initial = Tiny.initialValues(other);
    assertThat(Tiny.tensor(other, weights.values(), "head.weight"))
        .isEqualTo(Tiny.tensor(other, initial, "head.weight"));
    assertThat(Tiny.tensor(other, weights.values(), "cls_token"))
        .isEqualTo(Tiny.golden("xcit_p16").floats("model.cls_token"));
  }

  @Test
  void aHeadIsReplacedAlsoForAsManyClasses() throws IOException {
    Path file = foreign("xcit_p16", UnaryOperator.identity());
    AdaptedWeights weights = Tiny.fit(file, xcit, NEW_HEAD);
    assertThat(Tiny.tensor(xcit, weights.values(), "head.weight"))
        .isEqualTo(Tiny.tensor(xcit, Tiny.initialValues(xcit), "head.weight"));
  }

  @Test
  void theStemOfAResNetIsReplacedForSmallImages() throws IOException {
    Path file = foreign("resnet_relu", UnaryOperator.identity());
    Architecture small = Tiny.resNet("resnet50_32", 32, List.of(2, 1, 1, 1));
    assertThatThrownBy(() -> Tiny.fit(file, small, STRICT))
        .hasMessageContaining("conv1.weight is [64, 3, 7, 7] instead of [64, 3, 3, 3]")
        .hasMessageContaining(
            "The first convolution has another kernel: set model.initial.stem = replace for a new one.");
    AdaptedWeights weights = Tiny.fit(file, small, NEW_STEM);
    assertThat(Tiny.texts(weights.report(), Kind.REINITIALIZED)).containsExactly("conv1.weight");
    assertThat(Tiny.tensor(small, weights.values(), "bn1.running_var"))
        .isEqualTo(Tiny.golden("resnet_relu").floats("model.bn1.running_var"));
    assertThat(Tiny.tensor(small, weights.values(), "conv1.weight"))
        .isEqualTo(Tiny.tensor(small, Tiny.initialValues(small), "conv1.weight"));
  }

  @Test
  void patchesGetSmallerByStrides() throws IOException {
    Path ours =
        Tiny.writeModel(
            dir.resolve("ours"), xcit, xcit.defaultPreprocessing().unnormalized(), stateDict());
    Architecture patch4 =
        Tiny.of(
            "xcit_small_12_p4_32",
            Map.of("img_size", 32, "embed_dim", 32, "depth", 2, "num_heads", 4));
    AdaptedWeights weights = Tiny.fit(ours, patch4, STRICT);
    assertThat(weights.values()).isEqualTo(Tiny.fit(ours, xcit, STRICT).values());
    assertThat(Tiny.texts(weights.report(), Kind.NOTE))
        .containsExactly(
            "the file is of a xcit_small_12_p16_224, this model is a xcit_small_12_p4_32",
            "img_size is 64 in the file and 32 here",
            "patch_size is 16 in the file and 4 here",
            "stem_strides is not set in the file and [1, 1, 2, 2] here");
  }

  @Test
  void theTwoStemsOfXcitAreExplained() throws IOException {
    Map<String, Object> sizes = Map.of("img_size", 32, "embed_dim", 32, "depth", 2, "num_heads", 4);
    Architecture three = Tiny.of("xcit_small_12_p8_224", sizes);
    Architecture four = Tiny.of("xcit_small_12_p8_32", sizes);
    Path p16 = foreign("xcit_p16", UnaryOperator.identity());
    Path p8 = foreign("xcit_p8", UnaryOperator.identity());
    assertThatThrownBy(() -> Tiny.fit(p16, three, STRICT))
        .hasMessageContaining(
            "name a p16 model and set model.stem-strides = [1, 2, 2, 2] for patch 8");
    assertThatThrownBy(() -> Tiny.fit(p8, four, STRICT))
        .hasMessageContaining("The file has the stem of three convolutions")
        .hasMessageContaining("name a p8 model.");
  }

  /** A stage that is smaller than a window has a window of its own size. */
  @Test
  void tablesOfAnotherWindowAreResized() throws IOException {
    Map<String, Object> sizes = new HashMap<>(Map.of("img_size", 32, "patch_size", 2));
    sizes.putAll(Map.of("embed_dim", 4, "num_heads", List.of(1, 2, 2, 4)));
    sizes.putAll(Map.of("depths", List.of(2, 1, 1, 1), "window_size", 4));
    Architecture before = Tiny.of("swin_tiny_patch4_window7_224", sizes);
    sizes.put("window_size", 3);
    Architecture after = Tiny.of("swin_tiny_patch4_window7_224", sizes);
    float[] stored = Tiny.initialValues(before);
    Path file = Tiny.write(dir.resolve("swin"), named(before, stored));
    AdaptedWeights weights = Tiny.fit(file, after, STRICT);
    assertThat(Tiny.texts(weights.report(), Kind.RESIZED))
        .containsExactly(
            "4 tables of relative positions from windows of 4x4 to 3x3, linear between distances in geometric progression as in timm");
    String table = "layers.1.blocks.0.attn.relative_position_bias_table";
    assertThat(Tiny.tensor(after, weights.values(), table))
        .isEqualTo(PositionBias.of(after).get(table).resize(Tiny.tensor(before, stored, table), 4));
    for (String same :
        List.of("layers.3.blocks.0.attn.relative_position_bias_table", "norm.bias")) {
      assertThat(Tiny.tensor(after, weights.values(), same))
          .isEqualTo(Tiny.tensor(before, stored, same));
    }
  }

  /** The weights published for DINOv2 have no head. */
  @ParameterizedTest
  @CsvSource({"vit_small_patch14_reg4_dinov2, 0", "vit_so150m_patch16_reg4_gap_256, 4"})
  void registersStayWhereTheGridIsResizedAndAHeadMayBeMissing(String name, int prefix)
      throws IOException {
    Map<String, Object> sizes = new HashMap<>(Map.of("img_size", 32, "patch_size", 8));
    sizes.putAll(Map.of("embed_dim", 8, "depth", 1, "num_heads", 2));
    Architecture before = Tiny.of(name, sizes);
    sizes.put("img_size", List.of(48, 40));
    Architecture after = Tiny.of(name, sizes);
    float[] stored = Tiny.initialValues(before);
    List<NamedTensor> tensors = new ArrayList<>(named(before, stored));
    tensors.removeIf(tensor -> tensor.spec().name().startsWith("head."));
    AdaptedWeights weights =
        Tiny.fit(Tiny.write(dir.resolve("headless"), tensors), after, NEW_HEAD);
    assertThat(Tiny.texts(weights.report(), Kind.RESIZED))
        .containsExactly(
            "pos_embed from a grid of 4x4 to 6x5, bicubic with antialiasing as in timm");
    float[] old = Tiny.tensor(before, stored, "pos_embed");
    float[] resized = Tiny.tensor(after, weights.values(), "pos_embed");
    assertThat(resized).hasSize(8 * (prefix + 6 * 5));
    assertThat(Arrays.copyOf(resized, 8 * prefix)).isEqualTo(Arrays.copyOf(old, 8 * prefix));
    assertThat(Tiny.tensor(after, weights.values(), "reg_token"))
        .isEqualTo(Tiny.tensor(before, stored, "reg_token"));
  }

  private static List<NamedTensor> named(Architecture architecture, float[] values) {
    return architecture.layout().specs().stream()
        .map(
            spec ->
                NamedTensor.floats(
                    spec.name(), spec.shape(), Tiny.tensor(architecture, values, spec.name())))
        .toList();
  }

  /** RobustBench's wide networks with SiLU hold the constants themselves. */
  @Test
  void aModelsOwnConstantsAreItsNormalizer() throws IOException {
    Architecture model = Tiny.of("wide_resnet28_10_silu", Map.of("depth", 10, "widen_factor", 1));
    List<NamedTensor> tensors =
        new ArrayList<>(Tiny.stateDict("wrn_10_1_silu", name -> "module." + name));
    tensors.add(NamedTensor.floats("module.mean", List.of(3L, 1L, 1L), floats(MEAN)));
    tensors.add(NamedTensor.floats("module.std", List.of(3L, 1L, 1L), floats(STD)));
    Path file = Tiny.write(dir.resolve("own"), tensors);
    assertThatThrownBy(() -> Tiny.fit(file, model, STRICT))
        .hasMessageContaining("was trained behind another normalisation");
    Preprocessing behind = model.defaultPreprocessing().normalizedBy(MEAN, STD);
    assertThat(Tiny.texts(Tiny.fit(file, model, behind, STRICT).report(), Kind.SKIPPED)).isEmpty();
  }

  @Test
  void countersMayBeMissing() throws IOException {
    Path file = foreign("xcit_p16", name -> name.endsWith("num_batches_tracked") ? "" : name);
    AdaptedWeights weights = Tiny.fit(file, xcit, STRICT);
    assertThat(weights.report().changes())
        .map(Object::toString)
        .containsExactly(
            "note: num_batches_tracked is missing for 6 of 6 batch norms, as in files of old PyTorch versions; the model does not use it");
    assertThat(weights.values())
        .isEqualTo(Tiny.fit(foreign("xcit_p16", name -> name), xcit, STRICT).values());
  }

  @Test
  void integersAreNoWeights() throws IOException {
    List<NamedTensor> tensors = new ArrayList<>();
    stateDict().stream().filter(t -> !t.spec().name().equals("norm.bias")).forEach(tensors::add);
    tensors.add(NamedTensor.longs("norm.bias", List.of(32L), new long[32]));
    Path file = Tiny.write(dir.resolve("ints"), tensors);
    assertThatThrownBy(() -> Tiny.fit(file, xcit, STRICT))
        .hasMessageContaining("(norm.bias is of type I64, not of floating point)");
  }

  @Test
  void aNormalizerInTheFileMustBeTheConfiguredOne() throws IOException {
    List<NamedTensor> tensors =
        new ArrayList<>(Tiny.stateDict("xcit_p16", name -> "model." + name));
    tensors.add(NamedTensor.floats("normalize.mean", List.of(1L, 3L, 1L, 1L), floats(MEAN)));
    tensors.add(NamedTensor.floats("normalize.std", List.of(3L), floats(STD)));
    Path file = Tiny.write(dir.resolve("normalized"), tensors);
    Preprocessing pixels = xcit.defaultPreprocessing().unnormalized();
    Preprocessing normalized = pixels.normalizedBy(MEAN, STD);
    AdaptedWeights weights =
        Tiny.fit(file, NormalizedArchitecture.of(xcit, normalized), normalized, STRICT);
    assertThat(Tiny.texts(weights.report(), Kind.NOTE))
        .containsExactly(
            "the file's normaliser has mean [0.485, 0.456, 0.406] and std [0.229, 0.224, 0.225]");
    assertThatThrownBy(() -> Tiny.fit(file, xcit, pixels, STRICT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "was trained behind another normalisation: its normaliser says mean [0.485, 0.456, 0.406] and std [0.229, 0.224, 0.225], the configuration mean [0.0, 0.0, 0.0] and std [1.0, 1.0, 1.0]. Set model.normalize")
        .hasMessageContaining("model.initial.check-normalization = false");
    AdaptationReport overridden = Tiny.fit(file, xcit, pixels, OVERRIDDEN).report();
    assertThat(Tiny.texts(overridden, Kind.NOTE))
        .anyMatch(note -> note.startsWith("normalisation overridden: its normaliser says mean"));
  }

  @Test
  void theNormalizationOfAModelFileMustBeTheConfiguredOne() throws IOException {
    Preprocessing normalized = xcit.defaultPreprocessing().normalizedBy(MEAN, STD);
    Path file = Tiny.writeModel(dir.resolve("m"), xcit, normalized, stateDict());
    assertThat(
            Tiny.fit(file, NormalizedArchitecture.of(xcit, normalized), normalized, STRICT)
                .report()
                .changes())
        .isEmpty();
    assertThatThrownBy(() -> Tiny.fit(file, xcit, STRICT))
        .hasMessageContaining("another normalisation: its metadata says mean [0.485");
  }

  @Test
  void aNormalizerOfAnotherShapeIsRefused() throws IOException {
    List<NamedTensor> tensors = new ArrayList<>(stateDict());
    tensors.add(NamedTensor.floats("normalizer.mean", List.of(2L), new float[2]));
    tensors.add(NamedTensor.floats("normalizer.std", List.of(2L), new float[2]));
    Path file = Tiny.write(dir.resolve("two"), tensors);
    assertThatThrownBy(() -> Tiny.fit(file, xcit, STRICT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "the normaliser's normalizer.mean is of shape [2], not one value a channel");
  }

  private Architecture xcit(Map<String, ?> changes) {
    Map<String, Object> arguments = new TreeMap<>(Tiny.XCIT);
    arguments.put("num_classes", 10);
    arguments.putAll(changes);
    return ModelRegistry.create("xcit_small_12_p16_224", ModelOptions.of(arguments));
  }

  private static List<NamedTensor> stateDict() {
    return Tiny.stateDict("xcit_p16", UnaryOperator.identity());
  }

  private Path foreign(String golden, UnaryOperator<String> renamed) throws IOException {
    return Tiny.write(dir.resolve(golden), Tiny.stateDict(golden, renamed));
  }

  private static float[] floats(List<Double> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return floats;
  }
}
