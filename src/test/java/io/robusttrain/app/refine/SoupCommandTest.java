package io.robusttrain.app.refine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.app.SavedModel;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.evaluate.plan.Cut;
import io.robusttrain.evaluate.run.TinyVictim;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code RobustRefine soup} in this process: models, images, Spark, wrong input. */
@Tag("slow")
class SoupCommandTest {
  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static TinyVictim victim;

  /** Models with batch norm: the first the victim itself, the last one far from both others. */
  private static List<String> normed;

  /** Models without. */
  private static List<String> plain;

  /** Arguments, and words of the answer. */
  private record Wrong(String name, List<String> arguments, String answer) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void write() throws IOException {
    victim = TinyVictim.in(folder);
    Path own = victim.model();
    normed =
        List.of(
            model(own, "b", 1e-3, ModelVariant.fgsm(0.25)),
            model(own, "far", 1, ModelVariant.fgsm(0.125)),
            model(own, "c", 0, ModelVariant.fgsm(0.5)));
    Path deit =
        SavedModel.write(
            folder.resolve("deit.safetensors"),
            ModelRegistry.create(
                "deit_tiny_patch16_224",
                ModelOptions.of(
                    Map.of(
                        "num_classes",
                        2,
                        "img_size",
                        32,
                        "embed_dim",
                        12,
                        "depth",
                        1,
                        "num_heads",
                        3))));
    plain =
        List.of(
            deit.toString(),
            model(deit, "deit-b", 0.1, UnaryOperator.identity()),
            model(deit, "deit-c", 0.1, UnaryOperator.identity()));
  }

  private static String model(Path like, String name, double noise, UnaryOperator<ModelCard> card)
      throws IOException {
    Path file = folder.resolve(name).resolve("model.safetensors");
    return ModelVariant.write(like, file, noise, name.hashCode(), card).toString();
  }

  private static RefineLine soup(List<String> models, String... more) {
    List<String> arguments = new ArrayList<>(List.of("soup"));
    arguments.addAll(models);
    arguments.addAll(List.of(more));
    return RefineLine.of(arguments);
  }

  private static JsonNode json(Path output) throws IOException {
    return new ObjectMapper().readTree(output.resolve("soup.json").toFile());
  }

  /** Wherever one model differs from the weighted mean of others, but for running statistics. */
  private static List<String> differing(Path actual, List<String> models, double... weights)
      throws IOException {
    List<Map<String, float[]>> all = new ArrayList<>();
    double total = 0;
    for (int i = 0; i < models.size(); i++) {
      all.add(ModelVariant.tensors(Path.of(models.get(i))));
      total += weights[i];
    }
    List<String> names = new ArrayList<>();
    for (Map.Entry<String, float[]> tensor : ModelVariant.tensors(actual).entrySet()) {
      float[] expected = new float[tensor.getValue().length];
      for (int k = 0; k < expected.length; k++) {
        double sum = 0;
        for (int i = 0; i < all.size(); i++) {
          sum += weights[i] * all.get(i).get(tensor.getKey())[k];
        }
        expected[k] = (float) (sum / total);
      }
      if (!tensor.getKey().contains(".running_") && !Arrays.equals(tensor.getValue(), expected)) {
        names.add(tensor.getKey());
      }
    }
    return names;
  }

  @Test
  void modelsWithoutBatchNormAreAveragedWithoutImages() throws IOException {
    Path output = folder.resolve("plain");
    RefineLine made = soup(plain, "--output", output.toString());
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(differing(output, plain, 1, 1, 1)).isEmpty();
    assertThat(made.out()).contains("0.3333 of ", "written: ");
    ModelCard card = ModelVariant.card(output);
    assertThat(card.scores()).as("an average was never validated").isEmpty();
    assertThat(card.provenance().facts())
        .containsEntry("soup", "uniform, of 3 models")
        .containsEntry("seed", "1");
    assertThat(json(output).path("average")).hasSize(3);

    RefineLine again = soup(plain, "--output", output.toString());
    assertThat(again.screen()).contains("is finished");
    assertThat(again.out()).isEqualTo(made.out());
    RefineLine other = soup(plain, "--weights", "2,1,1", "--output", output.toString());
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("holds another average; its plan differs in choice (uniform");
  }

  @Test
  void weightsAreShares() throws IOException {
    Path output = folder.resolve("weighted");
    RefineLine made = soup(plain, "--weights", "2,1,5", "--output", output.toString());
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(differing(output, plain, 2, 1, 5)).isEmpty();
    assertThat(made.out()).contains("0.2500 of ", "0.1250 of ", "0.6250 of ");
  }

  /**
   * The first batch norm sees the first convolution of the pixels, computed here in float64: its
   * mean, and the mean over the blocks of its variance.
   */
  @Numeric
  @Test
  void batchNormIsMeasuredOnImages() throws IOException {
    Path output = folder.resolve("measured");
    List<String> two = List.of(victim.model().toString(), normed.get(0));
    RefineLine made =
        soup(
            two,
            "--data",
            victim.data().toString(),
            "--statistics-split",
            "validation",
            "--batch",
            "8",
            "--output",
            output.toString());
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(made.out()).contains("batch norm measured on all 40 of split validation of ");
    assertThat(differing(output, two, 1, 1)).isEmpty();
    assertThat(ModelVariant.card(output).provenance().facts())
        .containsEntry(
            "soup_batch_norm", "all 40 of split validation of " + victim.images().path());
    Map<String, float[]> tensors = ModelVariant.tensors(output);
    String norm = "patch_embed.proj.0.1.running_";
    for (int channel = 0; channel < FirstConvolution.channels(tensors); channel++) {
      double[] expected = statistics(tensors, channel);
      // A sum of 27 products of pixels in [0,1], in float32, behind means of many thousands.
      assertThat((double) tensors.get(norm + "mean")[channel])
          .isCloseTo(expected[0], within(1e-5 * (1 + Math.abs(expected[0]))));
      assertThat((double) tensors.get(norm + "var")[channel])
          .isCloseTo(expected[1], within(1e-4 * expected[1]));
    }
  }

  /** Mean, and mean of the variances of blocks of eight images. */
  private static double[] statistics(Map<String, float[]> tensors, int channel) throws IOException {
    Cut cut = new Cut(TinyVictim.IMAGES, 5);
    double means = 0;
    double variances = 0;
    for (int block = 0; block < cut.blocks(); block++) {
      double[] values =
          FirstConvolution.of(victim, tensors, channel, cut.start(block), cut.start(block + 1));
      means += FirstConvolution.mean(values) / cut.blocks();
      variances += FirstConvolution.squares(values) / (values.length - 1) / cut.blocks();
    }
    return new double[] {means, variances};
  }

  /** By hand: the most robust first, and each other one if the average is no less robust. */
  @Test
  void theGreedyAverageKeepsWhatMakesItNoLessRobust() throws IOException {
    Path output = folder.resolve("greedy");
    RefineLine made =
        soup(
            normed,
            "--greedy",
            "--eps",
            Double.toString(victim.epsilon()),
            "--data",
            victim.data().toString(),
            "--statistics-split",
            "validation",
            "--output",
            output.toString());
    assertThat(made.code()).as(made.err()).isZero();
    JsonNode trials = json(output).path("trials");
    assertThat(trials.findValuesAsText("model"))
        .as("by recorded accuracy")
        .containsExactly("2", "0", "1");
    double best = -1;
    List<String> kept = new ArrayList<>();
    for (JsonNode trial : trials) {
      double accuracy = trial.path("robust_accuracy").asDouble();
      assertThat(trial.path("kept").asBoolean()).isEqualTo(accuracy >= best);
      if (accuracy >= best) {
        best = accuracy;
        kept.add(normed.get(trial.path("model").asInt()));
      }
    }
    assertThat(best).isPositive();
    assertThat(trials.path(2).path("kept").asBoolean()).as("far from both").isFalse();
    double[] equal = new double[kept.size()];
    Arrays.fill(equal, 1);
    assertThat(differing(output, kept, equal)).isEmpty();
    assertThat(made.out()).contains("robust accuracy with it ", ", kept", ", left out");
  }

  static List<Wrong> wrong() throws IOException {
    String data = victim.data().toString();
    Path unscored = folder.resolve("unscored/model.safetensors");
    ModelVariant.write(
        victim.model(), unscored, 0.1, 9, card -> ModelVariant.scored(card, Optional.empty()));
    Path foreign = folder.resolve("foreign.safetensors");
    victim.writeForeign(foreign);
    Path normalized = folder.resolve("normalized/model.safetensors");
    ModelVariant.write(victim.model(), normalized, 0.1, 9, ModelVariant.normalized(0.5));
    Path nan = folder.resolve("nan/model.safetensors");
    ModelVariant.write(victim.model(), nan, Double.NaN, 9, UnaryOperator.identity());
    String a = normed.get(0);
    String b = normed.get(1);
    String[] greedy = {
      "--greedy", "--eps", "4/255", "--data", data, "--statistics-split", "validation"
    };
    String old = from("old", Map.of("data_sha256", "1"));
    String older = from("older", Map.of("data_sha256", "2"));
    String one = from("v1", Map.of("data_sha256", "1", "validation_sha256", "1"));
    String two = from("v2", Map.of("data_sha256", "1", "validation_sha256", "2"));
    return List.of(
        new Wrong("one model", List.of(a), "Give two models or more"),
        new Wrong("the same twice", List.of(a, a), "have the same weights; name a model once"),
        new Wrong("absent", List.of(a, a + "x"), "there is no "),
        new Wrong("of others", List.of(a, foreign.toString()), "is not a model of this project"),
        new Wrong(
            "not numbers", List.of(a, nan.toString()), "has weights that are no finite numbers"),
        new Wrong(
            "another architecture",
            List.of(a, plain.get(0)),
            "the model is deit_tiny_patch16_224 instead of xcit_nano_12_p8_32; the list"),
        new Wrong(
            "another list of classes",
            List.of(a, plain.get(0)),
            "classes is [cat, dog] instead of [class-0, class-1, class-2, class-3, class-4]"),
        new Wrong(
            "another normalisation",
            List.of(a, normalized.toString()),
            "mean is [0.5,0.5,0.5] instead of [0.0,0.0,0.0]; std is [0.5,0.5,0.5] instead of [1.0"),
        new Wrong(
            "batch norm without images",
            List.of(a, b),
            "whose running statistics an average of weights does not have"),
        new Wrong(
            "too few weights",
            List.of(plain.get(0), plain.get(1), "--weights", "1"),
            "1 weight for 2 models"),
        new Wrong(
            "a weight of nothing",
            List.of(plain.get(0), plain.get(1), "--weights", "1,0"),
            "a weight is a number above 0, not 0.0"),
        new Wrong(
            "greedy and weights",
            List.of(a, b, "--greedy", "--weights", "1,2"),
            "leave --weights out"),
        new Wrong(
            "greedy without a radius",
            List.of(a, b, "--greedy", "--data", data),
            "--greedy needs --eps and --data"),
        new Wrong(
            "weights beyond all numbers",
            List.of(plain.get(0), plain.get(1), "--weights", "1e308,1e308"),
            "their sum is beyond all numbers"),
        new Wrong(
            "images for nothing",
            List.of(plain.get(0), plain.get(1), "--data", data),
            "deit_tiny_patch16_224 has no batch norm, so an average of its weights needs no images"),
        new Wrong(
            "a split for nothing",
            List.of(a, b, "--data", data, "--split", "validation"),
            "--split is for --greedy"),
        new Wrong("a radius for nothing", List.of(a, b, "--eps", "4/255"), "--eps is for --greedy"),
        new Wrong("never validated", all(greedy, a, unscored.toString()), "was never validated"),
        new Wrong(
            "validated on other images",
            all(greedy, one, two),
            "were validated on other images, by validation_sha256 in their files"),
        new Wrong(
            "of other data, which is all that an older file says",
            all(greedy, one, older),
            "were validated on other images, by data_sha256 in their files"),
        new Wrong(
            "two on other images behind one that does not say on which",
            all(greedy, old, one, two),
            "v2/model.safetensors were validated on other images, by validation_sha256"));
  }

  private static String from(String name, Map<String, String> facts) throws IOException {
    return model(victim.model(), name, 0.1, ModelVariant.facts(facts));
  }

  private static List<String> all(String[] options, String... models) {
    List<String> all = new ArrayList<>(List.of(models));
    all.addAll(List.of(options));
    return all;
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wrongInputIsNamedBeforeWorkStarts(Wrong wrong) {
    List<String> arguments = new ArrayList<>(wrong.arguments());
    arguments.addAll(List.of("--output", folder.resolve("wrong").toString()));
    RefineLine refused = soup(arguments);
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains(wrong.answer());
    assertThat(folder.resolve("wrong")).doesNotExist();
  }

  @Test
  void aDirectoryWithAModelOfARunIsLeftAlone() throws IOException {
    Path taken = Path.of(plain.get(1)).getParent();
    byte[] before = Files.readAllBytes(taken.resolve("model.safetensors"));
    RefineLine refused = soup(plain, "--output", taken.toString());
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("holds a model already; choose another --output");
    assertThat(taken.resolve("model.safetensors")).hasBinaryContent(before);
  }

  @Test
  void aRunIsLeftAlone() throws IOException {
    Path run = folder.resolve("run");
    Path best = Files.createDirectories(run.resolve("best"));
    Files.copy(Path.of(plain.get(1)), best.resolve("model.safetensors"));
    RefineLine refused = soup(plain, "--output", run.toString());
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("holds a model already; choose another --output");
    assertThat(run).isDirectoryNotContaining(file -> !file.equals(best));
  }

  @Test
  void aFinishedAverageWhoseModelIsGoneIsMadeAgain() throws IOException {
    Path output = folder.resolve("gone");
    RefineLine made = soup(plain, "--output", output.toString());
    assertThat(made.code()).as(made.err()).isZero();
    Path model = output.resolve("model.safetensors");
    byte[] before = Files.readAllBytes(model);
    Files.delete(model);
    RefineLine again = soup(plain, "--output", output.toString());
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.screen()).doesNotContain("is finished");
    assertThat(model).hasBinaryContent(before);
  }
}
