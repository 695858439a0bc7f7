package io.robusttrain.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.model.Architecture;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.oracle.Spread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that PyTorch and others wrote give the logits that timm computes with them. */
@Numeric
class GoldenWeightsTest {
  private static final Path FILES = Path.of("src/test/resources/pytorch-files");

  private final SafetensorsFixture recorded =
      SafetensorsFixture.read("pretrained/logits.safetensors");

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @TempDir Path dir;

  @Test
  void aPlainPyTorchStateDictGivesTheRecordedLogits() throws IOException {
    AdaptedWeights weights = requireGolden("xcit_plain.pth", Tiny.xcit(), "xcit_p16");
    assertThat(weights.report().changes()).isEmpty();
    assertThat(weights.report().lines())
        .containsExactly("initial weights from the PyTorch file " + path("xcit_plain.pth"));
  }

  /** Weights that are nearly right must not pass as rounding. */
  @Test
  void tellsOtherWeightsFromRounding() throws IOException {
    AdaptedWeights weights =
        Tiny.fit(FILES.resolve("xcit_plain.pth"), Tiny.xcit(), AdaptationOptions.strict());
    float[] wrong = weights.values().clone();
    wrong[Tiny.xcit().layout().offset("cls_token")] += 1e-3f;
    SafetensorsFixture golden = Tiny.golden("xcit_p16");
    assertThatThrownBy(
            () ->
                requireNear(
                    Tiny.logits(Tiny.xcit(), wrong, golden, "x"), golden.floats("logits_eval")))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("recorded");
  }

  @Test
  void aTrainingCheckpointGivesTheRecordedLogits() throws IOException {
    AdaptedWeights weights = requireGolden("xcit_training.pth.tar", Tiny.xcit(), "xcit_p16");
    assertThat(weights.report().source())
        .isEqualTo(
            "PyTorch file %s, weights under 'state_dict'".formatted(path("xcit_training.pth.tar")));
  }

  @Test
  void namesUnderModuleGiveTheRecordedLogits() throws IOException {
    requireGolden("convnext_module_prefix.pth", Tiny.of("convnext_tiny", Tiny.STAGES), "convnext");
  }

  @Test
  void aPlainDictionaryUnderModelGivesTheRecordedLogits() throws IOException {
    requireGolden(
        "resnet_under_model_plain_dict.pth",
        Tiny.resNet("resnet50", 64, List.of(2, 1, 1, 1)),
        "resnet_relu");
  }

  @Test
  void halfPrecisionIsWidenedExactly() throws IOException {
    Architecture deit = Tiny.of("deit_small_patch16_224", Tiny.DEIT);
    AdaptedWeights weights =
        Tiny.fit(FILES.resolve("deit_half.pth"), deit, AdaptationOptions.strict());
    assertThat(Tiny.texts(weights.report(), AdaptationReport.Kind.CONVERTED))
        .containsExactly("32 tensors of F16 widened exactly to float32");
    requireNear(
        Tiny.logits(deit, weights.values(), Tiny.golden("deit"), "x"),
        recorded.floats("deit_half.logits"));
  }

  @Test
  void formerNamesBehindWrappersAreReplaced() throws IOException {
    // As the paper's code saves it: on several devices, behind a normaliser without constants.
    Path file = foreign("poolformer_pinned", name -> "module.model." + name);
    Architecture paper = Tiny.of("poolformer_m12", Tiny.STAGES);
    AdaptedWeights weights = Tiny.fit(file, paper, AdaptationOptions.strict());
    SafetensorsFixture golden = Tiny.golden("poolformer_pinned");
    requireNear(Tiny.logits(paper, weights.values(), golden, "x"), golden.floats("logits_eval"));
    assertThat(Tiny.texts(weights.report(), AdaptationReport.Kind.RENAMED))
        .contains(
            "prefix module.model. taken off",
            "network.0.0.layer_scale_1 is now stages.0.blocks.0.layer_scale1.scale",
            "head.weight is now head.fc.weight");
    assertThat(Tiny.texts(weights.report(), AdaptationReport.Kind.NOTE))
        .containsExactlyInAnyOrder(
            "the names are of an older version of the model, whose head may compute otherwise with the same tensors; here it is head = paper (model.args.head)",
            "names begin with model., as behind a normaliser, but the file holds no constants; the configured ones are taken: mean [0.0, 0.0, 0.0], std [1.0, 1.0, 1.0]");
  }

  @Test
  void positionEmbeddingsOfAnotherGridAreResized() throws IOException {
    Architecture deit = Tiny.of("deit_small_patch16_224", resized(Tiny.DEIT));
    Path file = foreign("deit", UnaryOperator.identity());
    AdaptedWeights weights = Tiny.fit(file, deit, AdaptationOptions.strict());
    assertThat(Tiny.texts(weights.report(), AdaptationReport.Kind.RESIZED))
        .containsExactly(
            "pos_embed from a grid of 4x4 to 6x5, bicubic with antialiasing as in timm");
    double[] embedding = Doubles.of(Tiny.tensor(deit, weights.values(), "pos_embed"));
    assertThat(
            Doubles.largestDifference(
                embedding, Doubles.of(recorded.floats("deit_48x40.pos_embed"))))
        .isLessThan(PositionEmbeddingTest.ERROR * Doubles.largest(embedding));
    requireNear(
        Tiny.logits(deit, weights.values(), recorded, "x"), recorded.floats("deit_48x40.logits"));
  }

  @Test
  void positionEmbeddingsWithoutClassTokenAreResized() throws IOException {
    Architecture cait = Tiny.of("cait_s12_224", resized(Tiny.CAIT));
    Path file = foreign("cait", name -> "_orig_mod." + name);
    AdaptedWeights weights = Tiny.fit(file, cait, AdaptationOptions.strict());
    assertThat(weights.report().changes())
        .map(AdaptationReport.Change::toString)
        .containsExactly(
            "renamed: prefix _orig_mod. taken off",
            "resized: pos_embed from a grid of 4x4 to 6x5, bicubic with antialiasing as in timm");
    requireNear(
        Tiny.logits(cait, weights.values(), recorded, "x"), recorded.floats("cait_48x40.logits"));
  }

  @Test
  void theGridOfOneOfOurFilesNeedNotBeSquare() throws IOException {
    Architecture wide = Tiny.of("deit_small_patch16_224", sized(Tiny.DEIT, List.of(16, 64)));
    Path file =
        Tiny.writeModel(
            dir.resolve("wide.safetensors"),
            wide,
            wide.defaultPreprocessing().unnormalized(),
            Tiny.stateDict("deit", UnaryOperator.identity()));
    assertThat(Tiny.fit(file, wide, AdaptationOptions.strict()).report().changes()).isEmpty();
    Architecture square = Tiny.of("deit_small_patch16_224", Tiny.DEIT);
    AdaptationReport report = Tiny.fit(file, square, AdaptationOptions.strict()).report();
    assertThat(Tiny.texts(report, AdaptationReport.Kind.RESIZED))
        .containsExactly(
            "pos_embed from a grid of 2x8 to 4x4, bicubic with antialiasing as in timm");
    assertThat(Tiny.texts(report, AdaptationReport.Kind.NOTE))
        .containsExactly("img_size is [16, 64] in the file and 32 here");
  }

  private static Map<String, ?> resized(Map<String, Object> arguments) {
    return sized(arguments, List.of(48, 40));
  }

  private static Map<String, ?> sized(Map<String, Object> arguments, List<Integer> image) {
    Map<String, Object> changed = new TreeMap<>(arguments);
    changed.put("img_size", image);
    return changed;
  }

  private Path foreign(String golden, UnaryOperator<String> renamed) throws IOException {
    return Tiny.write(dir.resolve(golden + ".bin"), Tiny.stateDict(golden, renamed));
  }

  private static String path(String file) {
    return "file:" + FILES.resolve(file).toAbsolutePath();
  }

  private static AdaptedWeights requireGolden(
      String file, Architecture architecture, String recorded) throws IOException {
    AdaptedWeights weights =
        Tiny.fit(FILES.resolve(file), architecture, AdaptationOptions.strict());
    SafetensorsFixture golden = Tiny.golden(recorded);
    requireNear(
        Tiny.logits(architecture, weights.values(), golden, "x"), golden.floats("logits_eval"));
    return weights;
  }

  /**
   * The recordings are float32 results, some after position embeddings were resized in float32: as
   * far from float64 ones as changes of its size may bring them.
   */
  private static void requireNear(Spread logits, float[] recorded) {
    logits.assertRecorded("logits", recorded, 1);
  }
}
