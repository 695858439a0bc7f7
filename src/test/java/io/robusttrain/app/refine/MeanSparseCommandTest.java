package io.robusttrain.app.refine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.app.SavedModel;
import io.robusttrain.app.inspect.InspectCommand;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.config.ModelConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.evaluate.plan.EvaluatedModel;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.run.TinyVictim;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.FrozenClassifier;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.pretrained.Adaptation;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.pretrained.WeightsLocation;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import io.robusttrain.train.plan.ConfiguredModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code RobustRefine meansparse} in this process, and what becomes of the model that it makes. */
@Tag("slow")
class MeanSparseCommandTest {
  private static final Configuration HADOOP = new Configuration();

  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static TinyVictim victim;
  private static Path sparse;
  private static RefineLine made;

  @BeforeAll
  static void make() throws IOException {
    victim = TinyVictim.in(folder);
    sparse = folder.resolve("sparse");
    made = meanSparse(victim.model(), "--alpha", "0.5", "--output", sparse.toString());
  }

  private static RefineLine meanSparse(Path model, String... more) {
    List<String> arguments = new ArrayList<>(List.of("meansparse", model.toString()));
    arguments.addAll(List.of("--data", victim.data().toString()));
    arguments.addAll(List.of("--statistics-split", "validation"));
    arguments.addAll(List.of(more));
    return RefineLine.of(arguments);
  }

  /** Logits of noise. */
  private static float[] logits(EvaluatedModel model) {
    try (PointerScope scope = new PointerScope();
        FrozenClassifier frozen =
            new FrozenClassifier(model.architecture(), model.weights(), ComputeDevice.CPU)) {
      return Tensors.toArray(
          frozen
              .classifier()
              .forward(
                  Tensors.uniform(SeedKey.of(4), 0, 1, ComputeDevice.CPU, 2, 3, 32, 32),
                  ForwardPass.eval()));
    }
  }

  private static EvaluatedModel load(Path model, ModelOptions arguments) {
    return EvaluatedModel.load(
        new ModelRequest(
            model.toString(),
            Optional.empty(),
            arguments,
            Optional.empty(),
            Optional.empty(),
            AdaptationOptions.strict()),
        0,
        HADOOP);
  }

  /**
   * What the first activation function gets: the first convolution, computed here in float64,
   * through the first batch norm.
   */
  @Numeric
  @Test
  void meansAndDeviationsAreThoseOfAllImages() throws IOException {
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(made.out())
        .contains("within 0.5 standard deviations", "measured on all 40 of split validation of ");
    Map<String, float[]> tensors = ModelVariant.tensors(sparse);
    String norm = "patch_embed.proj.0.1.";
    for (int channel = 0; channel < FirstConvolution.channels(tensors); channel++) {
      double center = tensors.get(norm + "running_mean")[channel];
      double scale =
          tensors.get(norm + "weight")[channel]
              / Math.sqrt(tensors.get(norm + "running_var")[channel] + 1e-5);
      double shift = tensors.get(norm + "bias")[channel];
      double[] values =
          Arrays.stream(FirstConvolution.of(victim, tensors, channel, 0, TinyVictim.IMAGES))
              .map(x -> (x - center) * scale + shift)
              .toArray();
      double mean = FirstConvolution.mean(values);
      double std = Math.sqrt(FirstConvolution.squares(values) / values.length);
      // Each value is a sum of 27 float32 products: off by less than 27 roundings of its terms.
      assertThat((double) tensors.get("patch_embed.proj.1.mean_sparse.mean")[channel])
          .isCloseTo(mean, within(1e-5 * (1 + Math.abs(mean))));
      assertThat((double) tensors.get("patch_embed.proj.1.mean_sparse.std")[channel])
          .isCloseTo(std, within(1e-5 * (1 + std)));
    }
  }

  @Test
  void theFileIsAnOrdinaryOneThatSaysWhatItIs() throws IOException {
    Map<String, float[]> before = ModelVariant.tensors(victim.model());
    Map<String, float[]> after = ModelVariant.tensors(sparse);
    assertThat(after.keySet()).containsAll(before.keySet());
    before.forEach((name, values) -> assertThat(after.get(name)).as(name).containsExactly(values));
    ModelCard card = ModelVariant.card(sparse);
    assertThat(card.architecture().arguments()).containsEntry("mean_sparse", 0.5);
    assertThat(card.classNames()).isEqualTo(ModelVariant.card(victim.model()).classNames());
    assertThat(card.scores()).as("it was never validated").isEmpty();
    assertThat(card.provenance().facts()).containsKeys("mean_sparse", "mean_sparse_of_sha256");
  }

  @Test
  void whoeverLoadsItGetsTheOperator() throws IOException {
    float[] plain = logits(load(victim.model(), ModelOptions.none()));
    assertThat(logits(load(sparse, ModelOptions.none()))).isNotEqualTo(plain);
    // Another reach on the same statistics; with none nothing is near its mean.
    assertThat(logits(load(sparse, ModelOptions.none().with("mean_sparse", 0)))).isEqualTo(plain);
  }

  @Test
  void nobodyLosesOrInventsIt() throws IOException {
    assertThatThrownBy(() -> load(victim.model(), ModelOptions.none().with("mean_sparse", 0.5)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tensors missing (patch_embed.proj.1.mean_sparse.mean, ");
    EvaluatedModel plain = load(victim.model(), ModelOptions.none());
    Map<String, Object> arguments = new TreeMap<>(plain.architecture().arguments());
    Architecture network = ModelRegistry.create(plain.architecture().name(), arguments);
    try (WeightsFile file = WeightsLocation.open(sparse.toString(), HADOOP, Optional.empty())) {
      assertThatThrownBy(
              () ->
                  Adaptation.fit(
                      file,
                      network,
                      plain.preprocessing(),
                      AdaptationOptions.strict(),
                      SeedKey.of(0)))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("tensors unexpected (patch_embed.proj.1.mean_sparse.mean, ");
    }
  }

  /** timm would compute without the operator. */
  @Test
  void itIsNotExported() {
    Path exported = folder.resolve("exported.safetensors");
    assertThat(InspectCommand.execute("export", sparse.toString(), exported.toString()))
        .isEqualTo(2);
    assertThat(exported).doesNotExist();
  }

  @Test
  void noRunTrainsIt() {
    ModelConfig model =
        ConfigLoader.load(List.of(), List.of("data.path=x", "model.args.mean_sparse=0.5")).model();
    assertThatThrownBy(() -> ConfiguredModel.create(model, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "args.mean_sparse: a run trains no sparsified activations; train the model and let RobustRefine meansparse make the other of it");
  }

  @Test
  void theResultDoesNotDependOnPartitions() throws IOException {
    Path other = folder.resolve("grouped");
    RefineLine grouped =
        meanSparse(
            victim.model(), "--alpha", "0.5", "--partitions", "2", "--output", other.toString());
    assertThat(grouped.code()).as(grouped.err()).isZero();
    assertThat(other.resolve("model.safetensors"))
        .hasSameBinaryContentAs(sparse.resolve("model.safetensors"));
    RefineLine again = meanSparse(victim.model(), "--alpha", "0.5", "--output", sparse.toString());
    assertThat(again.screen()).contains("is finished");
    assertThat(again.out()).isEqualTo(made.out());
    RefineLine changed =
        meanSparse(victim.model(), "--alpha", "0.25", "--output", sparse.toString());
    assertThat(changed.code()).isEqualTo(2);
    assertThat(changed.err())
        .contains("holds another sparsification; its plan differs in alpha (0.5 there, 0.25 here)");
  }

  @Test
  void wrongInputIsNamedBeforeWorkStarts() throws IOException {
    String output = folder.resolve("wrong").toString();
    require(meanSparse(victim.model(), "--output", output), "Give a model, --alpha, --data");
    require(
        meanSparse(victim.model(), "--alpha", "-1", "--output", output),
        "a number of at least 0, not -1.0");
    require(
        meanSparse(sparse, "--alpha", "1", "--output", output),
        "is sparsified already. Name the model that it was made of");
    Path foreign = folder.resolve("foreign.safetensors");
    victim.writeForeign(foreign);
    require(
        meanSparse(foreign, "--alpha", "1", "--output", output), "is not a model of this project");
    Path other = SavedModel.write(folder.resolve("other.safetensors"));
    require(
        RefineLine.of(List.of("soup", sparse.toString(), other.toString(), "--output", output)),
        "Average the models first and sparsify the average");
    assertThat(Path.of(output)).doesNotExist();
  }

  private static void require(RefineLine refused, String answer) {
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains(answer);
  }
}
