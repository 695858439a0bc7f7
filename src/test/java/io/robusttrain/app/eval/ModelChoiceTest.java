package io.robusttrain.app.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.robusttrain.app.SavedModel;
import io.robusttrain.checkpoint.RefusingRenameFileSystem;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsWriter;
import io.robusttrain.evaluate.plan.EvaluatedModel;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.ParameterSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

/** Weights of this project and of others, on the command line of an evaluation. */
class ModelChoiceTest {
  private static final String RESNET = "resnet50";
  private static final Map<String, Object> SMALL =
      Map.of("img_size", 32, "layers", List.of(1, 1, 1, 1), "channels", List.of(8, 12, 16, 20));
  private static final String[] ARGUMENTS = {
    "--arch",
    RESNET,
    "--img-size",
    "32",
    "--arg",
    "layers=[1,1,1,1]",
    "--arg",
    "channels=[8,12,16,20]"
  };
  private static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);
  private static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);
  private static final int CLASSES = 5;

  @TempDir(factory = OddFolder.class)
  private Path folder;

  private Path foreign;

  @BeforeAll
  static void load() {
    NativeRuntime.load();
  }

  /** A command line with the options of the model alone. */
  @Command
  private static final class Line {
    @Mixin private final ModelChoice model = new ModelChoice();
  }

  @BeforeEach
  void write() throws IOException {
    foreign = write("foreign.safetensors", tensors("", small(CLASSES)));
  }

  private static Architecture small(int classes) {
    return ModelRegistry.create(RESNET, ModelOptions.of(SMALL).withNumClasses(classes));
  }

  private static List<NamedTensor> tensors(String prefix, Architecture model) {
    List<NamedTensor> tensors = new ArrayList<>();
    for (ParameterSpec spec : model.layout().specs()) {
      float[] values = new float[Math.toIntExact(spec.elements())];
      Arrays.fill(values, 0.01f);
      tensors.add(NamedTensor.floats(prefix + spec.name(), spec.shape(), values));
    }
    return tensors;
  }

  private Path write(String name, List<NamedTensor> tensors) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      SafetensorsWriter.write(out, Map.of("format", "pt"), tensors);
    }
    return file;
  }

  private Path behindNormalizer() throws IOException {
    List<NamedTensor> tensors = tensors("model.", small(CLASSES));
    tensors.add(
        NamedTensor.floats(
            "normalize.mean", List.of(1L, 3L, 1L, 1L), new float[] {0.4914f, 0.4822f, 0.4465f}));
    tensors.add(
        NamedTensor.floats(
            "normalize.std", List.of(1L, 3L, 1L, 1L), new float[] {0.2471f, 0.2435f, 0.2616f}));
    return write("behind.safetensors", tensors);
  }

  private static EvaluatedModel load(Path file, String... options) {
    return load(file.toString(), new Configuration(false), options);
  }

  private static EvaluatedModel load(String file, Configuration hadoop, String... options) {
    List<String> all = new ArrayList<>(List.of("--model", file));
    all.addAll(List.of(options));
    Line line = new Line();
    CommandLine parsed = new CommandLine(line);
    parsed.parseArgs(all.toArray(String[]::new));
    return EvaluatedModel.load(line.model.request(parsed.getCommandSpec()), CLASSES, hadoop);
  }

  private static String[] with(String... more) {
    return Stream.concat(Stream.of(ARGUMENTS), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void refusesToGuessTheNormalisationOfForeignWeights() {
    assertThatThrownBy(() -> load(foreign, ARGUMENTS))
        .isInstanceOf(EvaluationException.class)
        .hasMessage(
            "file:%s does not say which normalisation its weights were trained behind: timm's"
                + " default for resnet50 is mean [0.485, 0.456, 0.406], std [0.229, 0.224, 0.225],"
                + " robust models are mostly trained on pixels as they are, and the wrong one gives"
                + " a wrong accuracy. Say --normalize default for timm's, --normalize none for"
                + " pixels as they are, or the constants",
            foreign);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none | 0.0 | 1.0",
        "default | 0.485 | 0.229",
        "imagenet | 0.485 | 0.229",
        "inception | 0.5 | 0.5",
        "0.1,0.2,0.3,0.4,0.5,0.6 | 0.1 | 0.4",
      })
  void takesTheNormalisationThatIsNamed(String way, double mean, double std) {
    EvaluatedModel model = load(foreign, with("--normalize", way));
    assertThat(model.preprocessing().mean().get(0)).isEqualTo(mean);
    assertThat(model.preprocessing().std().get(0)).isEqualTo(std);
    assertThat(model.fitting().normalization().source()).isEqualTo("--normalize " + way);
    assertThat(model.lines().get(0)).startsWith("model resnet50, normalisation: ").contains(way);
    assertThat(model.architecture().numClasses()).isEqualTo(CLASSES);
    assertThat(model.architecture().arguments()).containsAllEntriesOf(SMALL);
  }

  /** timm's weights of one name differ in what is normal: the default follows the name. */
  @Test
  void theDefaultIsThatOfTheName() throws IOException {
    Map<String, Object> sizes = Map.of("img_size", 32, "embed_dim", 12, "depth", 1, "num_heads", 2);
    Architecture vit =
        ModelRegistry.create(
            "vit_tiny_patch16_224", ModelOptions.of(sizes).withNumClasses(CLASSES));
    Path file = write("vit.safetensors", tensors("", vit));
    EvaluatedModel model =
        load(
            file,
            "--arch=vit_tiny_patch16_224",
            "--img-size=32",
            "--arg=embed_dim=12",
            "--arg=depth=1",
            "--arg=num_heads=2",
            "--normalize=default");
    assertThat(model.preprocessing().mean()).containsExactly(0.5, 0.5, 0.5);
    assertThat(model.preprocessing().std()).containsExactly(0.5, 0.5, 0.5);
  }

  @Test
  void aModelWhoseDefaultIsNoneNeedsNoOption() throws IOException {
    Architecture wide =
        ModelRegistry.create(
            "wide_resnet16_4", ModelOptions.of(Map.of("depth", 10, "widen_factor", 1)));
    EvaluatedModel model =
        load(
            write("wide.safetensors", tensors("", wide)),
            "--arch=wide_resnet16_4",
            "--num-classes=10",
            "--arg=depth=10",
            "--arg=widen_factor=1");
    assertThat(model.preprocessing().identity()).isTrue();
    assertThat(model.fitting().normalization())
        .hasToString("pixels as they are (the default of wide_resnet16_4)");
    assertThat(model.architecture().numClasses()).isEqualTo(10);
  }

  @Test
  void theNormaliserInAFileSpeaksForItself() throws IOException {
    Path file = behindNormalizer();
    EvaluatedModel model = load(file, ARGUMENTS);
    assertThat(model.preprocessing().mean()).containsExactly(0.4914, 0.4822, 0.4465);
    assertThat(model.preprocessing().std()).containsExactly(0.2471, 0.2435, 0.2616);
    assertThat(model.fitting().normalization().source()).isEqualTo("the normaliser in the file");

    assertThatThrownBy(() -> load(file, with("--normalize=imagenet")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("was trained behind another normalisation: its normaliser says")
        .hasMessageContaining("the command mean [0.485, 0.456, 0.406]")
        .hasMessageEndingWith(
            "Set --normalize to that of the file, or --check-normalization=false to go on with"
                + " another.");
    EvaluatedModel other = load(file, with("--normalize=imagenet", "--check-normalization=false"));
    assertThat(other.preprocessing().mean()).isEqualTo(IMAGENET_MEAN);
    assertThat(other.lines()).anyMatch(line -> line.contains("normalisation overridden"));
  }

  /** Weights behind constants that are lost would be scored on pixels as they are. */
  @Test
  void weightsBehindANormaliserWithoutConstantsNeedTheirsNamed() throws IOException {
    Architecture wide =
        ModelRegistry.create(
            "wide_resnet16_4", ModelOptions.of(Map.of("depth", 10, "widen_factor", 1)));
    Path file = write("lost.safetensors", tensors("module.model.", wide));
    String[] named = {
      "--arch=wide_resnet16_4", "--num-classes=10", "--arg=depth=10", "--arg=widen_factor=1"
    };
    assertThatThrownBy(() -> load(file, named))
        .isInstanceOf(EvaluationException.class)
        .hasMessage(
            "file:%s does not say which normalisation its weights were trained behind: their names"
                + " begin with model., as behind a normaliser, whose constants the file does not"
                + " hold, and the wrong ones give a wrong accuracy. Say --normalize none for pixels"
                + " as they are, or the constants",
            file);
    List<String> none = new ArrayList<>(List.of(named));
    none.add("--normalize=none");
    assertThat(load(file, none.toArray(String[]::new)).preprocessing().identity()).isTrue();
  }

  private Path halfNormalizer() throws IOException {
    List<NamedTensor> tensors = tensors("model.", small(CLASSES));
    tensors.add(
        NamedTensor.floats("normalizer.std", List.of(3L), new float[] {0.25f, 0.25f, 0.25f}));
    return write("half.safetensors", tensors);
  }

  @Test
  void halfANormaliserIsRefused() throws IOException {
    Path file = halfNormalizer();
    String message =
        "file:%s holds half a normaliser: normalizer.std without normalizer.mean. Add the other half"
            + " or take this one out of the file; or set --normalize to what the weights were"
            + " trained behind and --check-normalization=false to go on without it.";
    for (String[] options : List.of(ARGUMENTS, with("--normalize=none"))) {
      assertThatThrownBy(() -> load(file, options))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(message, file);
    }
    EvaluatedModel model = load(file, with("--normalize=none", "--check-normalization=false"));
    assertThat(model.preprocessing().identity()).isTrue();
    assertThat(model.lines())
        .anyMatch(
            line ->
                line.contains(
                    "normalisation overridden: the file holds normalizer.std without"
                        + " normalizer.mean"));
  }

  @Test
  void aModelFileNeedsNoOption() throws IOException {
    Path own = SavedModel.write(folder.resolve("own.safetensors"));
    EvaluatedModel model = load(own);
    assertThat(model.preprocessing().identity()).isTrue();
    assertThat(model.fitting().normalization().source()).isEqualTo("recorded in the model file");
    assertThat(model.fitting().asSaved()).isTrue();
    assertThat(load(own, "--arch", "resnet50_32").fitting().asSaved()).isTrue();

    assertThatThrownBy(() -> load(own, "--arch", RESNET))
        .isInstanceOf(EvaluationException.class)
        .hasMessage("%s says itself which network it is of, a resnet50_32; leave --arch out", own);
    assertThatThrownBy(() -> load(own, "--config", recipe("").toString()))
        .isInstanceOf(EvaluationException.class)
        .hasMessageEndingWith("leave --config out");
    assertThatThrownBy(() -> load(own, "--normalize=imagenet"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("its metadata says mean [0.0, 0.0, 0.0]");
    EvaluatedModel other = load(own, "--normalize=imagenet", "--check-normalization=false");
    assertThat(other.preprocessing().std()).isEqualTo(IMAGENET_STD);
    assertThat(other.fitting().asSaved()).isFalse();
    EvaluatedModel larger = load(own, "--img-size=64");
    assertThat(larger.preprocessing().height()).isEqualTo(64);
    assertThat(larger.fitting().asSaved()).isFalse();
  }

  /** What was given is what the file says, too. */
  @Test
  void anOptionThatChangesNothingLeavesAModelAsSaved() throws IOException {
    Path own = SavedModel.write(folder.resolve("own.safetensors"));
    EvaluatedModel model =
        load(own, "--img-size=32", "--num-classes=2", "--arg=channels=[8,12,16,20]");
    assertThat(model.fitting().asSaved()).isTrue();
    assertThat(load(own, "--arg=drop_path_rate=0.5").fitting().asSaved()).isFalse();
  }

  /** As it is while a run that goes on replaces its best model. */
  @ParameterizedTest
  @ValueSource(strings = {"run", "run/best/model.safetensors"})
  void aModelIsFoundInTheGapOfItsReplacement(String named) throws IOException {
    Path own = SavedModel.write(folder.resolve("run/best/model.safetensors"));
    String whole = load(own).sha256();
    Files.move(
        own, own.resolveSibling(".model.safetensors.new-2f1c8a52-5d5c-4a2b-9a55-0f3f0c9b6a11"));
    String path = RefusingRenameFileSystem.path(folder) + "/" + named;
    assertThat(load(path, RefusingRenameFileSystem.settings()).sha256()).isEqualTo(whole);
  }

  @Test
  void anInputThatIsNotSquareIsRefused() {
    assertThatThrownBy(
            () ->
                load(
                    foreign,
                    "--arch=resnet50",
                    "--img-size=32x64",
                    "--arg=layers=[1,1,1,1]",
                    "--arg=channels=[8,12,16,20]",
                    "--normalize=none"))
        .isInstanceOf(EvaluationException.class)
        .hasMessage(
            "an evaluation takes square images, the input of resnet50 is 32x64 pixels (height x"
                + " width); give --img-size one number");
  }

  @ParameterizedTest
  @CsvSource({"img-size=32,img_size=32", "num-classes=5,num_classes=7"})
  void anArgumentThatIsGivenTwiceIsWrongUsage(String option, String argument) {
    String name = option.substring(0, option.indexOf('='));
    assertThatThrownBy(() -> load(foreign, "--arch", RESNET, "--" + option, "--arg=" + argument))
        .isInstanceOf(ParameterException.class)
        .hasMessage(
            "--%s and --arg %s say the same: leave one of them out",
            name, argument.substring(0, argument.indexOf('=')));
  }

  private Path recipe(String normalize) throws IOException {
    Path file = folder.resolve("recipe.conf");
    return Files.writeString(
        file,
        """
        model {
          name = resnet50, img-size = 32, drop-path = 0
          args { layers = [1, 1, 1, 1], channels = [8, 12, 16, 20] }
          %s
        }
        """
            .formatted(normalize));
  }

  @Test
  void aRecipeSaysAllOfAModel() throws IOException {
    Path recipe = recipe("normalize { mean = [0.1, 0.2, 0.3], std = [0.4, 0.5, 0.6] }");
    EvaluatedModel model = load(foreign, "--config", recipe.toString());
    assertThat(model.architecture().arguments()).containsAllEntriesOf(SMALL);
    assertThat(model.preprocessing().mean()).containsExactly(0.1, 0.2, 0.3);
    assertThat(model.fitting().normalization().source()).isEqualTo("model.normalize of " + recipe);
    assertThat(load(foreign, "-c", recipe("normalize = default").toString()).preprocessing().mean())
        .isEqualTo(IMAGENET_MEAN);
    assertThat(load(foreign, "-c", recipe("normalize = none").toString()).preprocessing().mean())
        .containsExactly(0.0, 0.0, 0.0);
  }

  @Test
  void whatIsOnTheCommandLineGoesBeforeTheRecipe() throws IOException {
    EvaluatedModel model =
        load(
            foreign,
            "--config",
            recipe("normalize = none").toString(),
            "--normalize=inception",
            "--img-size=64");
    assertThat(model.preprocessing().mean()).containsExactly(0.5, 0.5, 0.5);
    assertThat(model.preprocessing().height()).isEqualTo(64);
  }

  /** A recipe's own default, none, would be the guess that is refused. */
  @Test
  void aRecipeThatSaysNothingOfTheNormalisationIsNoAnswer() throws IOException {
    Path recipe = recipe("");
    assertThatThrownBy(() -> load(foreign, "--config", recipe.toString()))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("does not say which normalisation");
  }

  @Test
  void whatDoesNotFitIsLeftOutWhenAskedFor() throws IOException {
    List<NamedTensor> tensors = tensors("", small(CLASSES));
    tensors.removeIf(tensor -> tensor.spec().name().equals("fc.bias"));
    tensors.add(NamedTensor.floats("head_dist.bias", List.of(1L), new float[] {1}));
    Path file = write("other.safetensors", tensors);
    assertThatThrownBy(() -> load(file, with("--normalize=none")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageEndingWith("With --strict=false what does not fit keeps its initial values.");
    EvaluatedModel model = load(file, with("--normalize=none", "--strict=false"));
    assertThat(model.lines())
        .contains("  left at initial values: fc.bias", "  not used: head_dist.bias");
  }

  /** Options that lead to a message, and words of it. */
  private record Refusal(String file, List<String> options, String words) {
    @Override
    public String toString() {
      return words;
    }
  }

  private static Stream<Refusal> refusals() {
    List<String> named = List.of(with("--normalize=none"));
    return Stream.of(
        new Refusal("foreign", List.of(), "name it with --arch"),
        new Refusal("foreign", List.of("--arch", "resnet51"), "unknown model resnet51"),
        new Refusal("foreign", named.subList(0, named.size() - 1), "which normalisation"),
        new Refusal("foreign", List.of(with("--normalize=imagnet")), "found imagnet"),
        new Refusal("foreign", List.of(with("--normalize=0.1,0.2,0.3")), "found 0.1,0.2,0.3"),
        new Refusal("foreign", List.of(with("--normalize=1,1,1,0,1,1")), "found 1,1,1,0,1,1"),
        new Refusal("foreign", List.of(with("--normalize=123.7,1,1,1,1,1")), "found 123.7"),
        new Refusal("foreign", List.of(with("--num-classes=7")), "which normalisation"),
        new Refusal(
            "foreign",
            List.of(with("--normalize=none", "--num-classes=7")),
            "The file's classifier has 5 classes, the model's 7: take weights of as many classes."),
        new Refusal(
            "foreign",
            List.of(
                "--arch=resnet50_32",
                "--normalize=none",
                "--arg=layers=[1,1,1,1]",
                "--arg=channels=[8,12,16,20]"),
            "The first convolution has another kernel: name the model that the weights are of."),
        new Refusal("foreign", List.of(with("--normalize=none", "--key=ema")), "Leave the key out"),
        new Refusal("foreign", List.of(with("--config=nowhere.conf")), "leave --arch out"),
        new Refusal("foreign", List.of("--config=nowhere.conf"), "no such configuration file"),
        new Refusal("behind", List.of(with("--normalize=none")), "Set --normalize to that of"),
        new Refusal("half", named, "half a normaliser"),
        new Refusal("half", List.of(ARGUMENTS), "half a normaliser"),
        new Refusal("nowhere", named, "name a model file, a run or a checkpoint"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void messagesNameOnlyWhatTheCommandHas(Refusal refusal) throws IOException {
    behindNormalizer();
    halfNormalizer();
    Path file = folder.resolve(refusal.file() + ".safetensors");
    Throwable failure = catchThrowable(() -> load(file, refusal.options().toArray(String[]::new)));
    assertThat(failure).hasMessageContaining(refusal.words());
    assertThat(Remedies.impossible(failure.getMessage())).isEmpty();
  }

  @Test
  void theStemOfAnotherPatchIsSetByAnArgument() throws IOException {
    Map<String, Object> sizes =
        Map.of("img_size", 32, "embed_dim", 16, "depth", 1, "num_heads", 2, "cls_attn_layers", 1);
    Architecture coarse =
        ModelRegistry.create(
            "xcit_nano_12_p16_224", ModelOptions.of(sizes).withNumClasses(CLASSES));
    Path file = write("p16.safetensors", tensors("", coarse));
    Throwable failure =
        catchThrowable(
            () ->
                load(
                    file,
                    "--arch=xcit_nano_12_p8_224",
                    "--normalize=none",
                    "--img-size=32",
                    "--arg=embed_dim=16",
                    "--arg=depth=1",
                    "--arg=num_heads=2",
                    "--arg=cls_attn_layers=1"));
    assertThat(failure)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "name a p16 model and set --arg 'stem_strides=[1, 2, 2, 2]' for patch 8, [1, 1, 2, 2]"
                + " for patch 4.");
    assertThat(Remedies.impossible(failure.getMessage())).isEmpty();
  }

  @Test
  void twoNamesAreWrongUsage() throws IOException {
    String recipe = recipe("").toString();
    assertThatThrownBy(() -> load(foreign, with("--config", recipe)))
        .isInstanceOf(ParameterException.class)
        .hasMessage("--config names the network: leave --arch out");
  }
}
