package io.robusttrain.app.eval;

import io.robusttrain.app.cli.ModelSelection;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.config.ModelConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.Normalization;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.plan.ModelRequest.NetworkName;
import io.robusttrain.evaluate.plan.ModelRequest.NetworkName.Source;
import io.robusttrain.evaluate.plan.NormalizationChoice;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.pretrained.AdaptationOptions.Layer;
import io.robusttrain.pretrained.AdaptationOptions.Strictness;
import io.robusttrain.pretrained.SettingNames;
import io.robusttrain.train.plan.ConfiguredModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/**
 * The options that say which model is evaluated. A file of this project needs the first alone; the
 * others say what files of others do not.
 */
final class ModelChoice {
  private static final String NORMALIZE = "--normalize";
  private static final String RECIPE_KEY = "model.normalize";

  /** What takes the place of the keys of group {@code model}. */
  static final SettingNames NAMES =
      new SettingNames(
          "the command",
          Optional.of("--strict=false"),
          // An evaluated model without its classifier or its first layer would be a random one.
          Optional.empty(),
          Optional.empty(),
          NORMALIZE,
          Optional.of("--check-normalization=false"),
          "--arg %s=VALUE",
          "--arg 'stem_strides=%s'");

  @Option(
      names = "--model",
      paramLabel = "PATH",
      description = "Model file, run directory, checkpoint directory, or other file of weights.")
  private String path;

  @Option(
      names = "--arch",
      paramLabel = "NAME",
      description = "timm's name, for weights that do not say what they belong to.")
  private String name;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description =
          "Recipe (HOCON) whose group model has name, arguments and, if it sets it, normalize, for"
              + " such weights; may be repeated, a later one overrides an earlier one.")
  private List<Path> recipe = new ArrayList<>();

  @Mixin private ModelSelection arguments = new ModelSelection();

  @Option(
      names = NORMALIZE,
      paramLabel = "WAY",
      description =
          "What such weights were trained behind: none, default (timm's constants of the model),"
              + " imagenet, inception, or six numbers: three means, three deviations.")
  private String normalize;

  @Option(
      names = "--check-normalization",
      paramLabel = "true|false",
      arity = "1",
      defaultValue = "true",
      description =
          "A normalisation that the file records must be that of --normalize. Default:"
              + " ${DEFAULT-VALUE}.")
  private boolean checkNormalization;

  @Option(
      names = "--strict",
      paramLabel = "true|false",
      arity = "1",
      defaultValue = "true",
      description =
          "Every tensor must be there with its shape, and no other; false lists what does not fit."
              + " Default: ${DEFAULT-VALUE}.")
  private boolean strict;

  @Option(
      names = "--key",
      paramLabel = "NAME",
      description =
          "Where in a PyTorch file's dictionary the weights are, such as state_dict_ema. Default:"
              + " the usual places.")
  private String key;

  boolean named() {
    return path != null;
  }

  ModelRequest request(CommandSpec spec) {
    if (name != null && !recipe.isEmpty()) {
      throw Usage.wrong(spec, "--config names the network: leave --arch out");
    }
    AdaptationOptions fitting =
        new AdaptationOptions(
            strict ? Strictness.STRICT : Strictness.LENIENT,
            Layer.KEEP,
            Layer.KEEP,
            checkNormalization
                ? AdaptationOptions.Normalization.CHECKED
                : AdaptationOptions.Normalization.OVERRIDDEN,
            NAMES);
    Optional<ModelConfig> written =
        recipe.isEmpty()
            ? Optional.empty()
            : Optional.of(ConfigLoader.load(recipe, List.of()).model());
    return new ModelRequest(
        path,
        written
            .map(model -> new NetworkName(model.name(), Source.RECIPE))
            .or(
                () ->
                    Optional.ofNullable(name).map(given -> new NetworkName(given, Source.OPTION))),
        arguments.over(spec, written.map(ModelChoice::arguments).orElse(ModelOptions.none())),
        normalize == null
            ? written.flatMap(this::normalization)
            : Optional.of(named(spec, normalize)),
        Optional.ofNullable(key),
        fitting);
  }

  private static ModelOptions arguments(ModelConfig model) {
    ModelOptions arguments = ConfiguredModel.arguments(model);
    return model.numClasses().toOptional().map(arguments::withNumClasses).orElse(arguments);
  }

  private static NormalizationChoice named(CommandSpec spec, String text) {
    try {
      return NormalizationChoice.parse(NORMALIZE, text);
    } catch (IllegalArgumentException wrong) {
      throw Usage.wrong(spec, NORMALIZE + ": " + wrong.getMessage());
    }
  }

  /** Only what the recipe itself says: its default, none, would be a guess for foreign weights. */
  private Optional<NormalizationChoice> normalization(ModelConfig model) {
    if (!ConfigLoader.sets(recipe, RECIPE_KEY)) {
      return Optional.empty();
    }
    String source =
        RECIPE_KEY + " of " + recipe.stream().map(Path::toString).collect(Collectors.joining(", "));
    Optional<Normalization> set = model.normalize().toOptional();
    if (set.isEmpty()) {
      return Optional.of(new NormalizationChoice(Optional.of(PixelStatistics.NONE), source));
    }
    return Optional.of(
        new NormalizationChoice(
            set.get() instanceof Normalization.Constants constants
                ? Optional.of(new PixelStatistics(constants.mean(), constants.std()))
                : Optional.empty(),
            source));
  }
}
