package io.robusttrain.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.robusttrain.base.Json;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options by which a command line overrides a named model's arguments. */
public final class ModelSelection {
  private static final String IMAGE_SIZE = "--img-size";
  private static final String NUM_CLASSES = "--num-classes";

  @Option(
      names = IMAGE_SIZE,
      paramLabel = "PIXELS",
      split = "x",
      description =
          "Side of the images in pixels, or HEIGHTxWIDTH (an evaluation takes square images)."
              + " Default: the model's.")
  private List<Integer> imageSize;

  @Option(
      names = NUM_CLASSES,
      paramLabel = "N",
      description =
          "Number of classes. Default: the data's, or the model's own where there is no data.")
  private Integer numClasses;

  @Option(
      names = "--arg",
      paramLabel = "NAME=VALUE",
      description =
          "Another argument by timm's name, as in --arg embed_dim=192 or --arg depths=[1,1,2,1];"
              + " may be repeated.")
  private Map<String, String> arguments = new LinkedHashMap<>();

  /**
   * The named model with these overrides.
   *
   * @throws picocli.CommandLine.ParameterException if an argument is given twice
   */
  public Architecture create(CommandSpec spec, String name) {
    return ModelRegistry.create(name, over(spec, ModelOptions.none()));
  }

  /**
   * Other arguments with these overrides.
   *
   * @throws picocli.CommandLine.ParameterException if an argument is given twice
   */
  public ModelOptions over(CommandSpec spec, ModelOptions others) {
    requireOnce(spec, imageSize, IMAGE_SIZE, "img_size");
    requireOnce(spec, numClasses, NUM_CLASSES, "num_classes");
    ModelOptions options = others;
    if (imageSize != null) {
      options = options.with("img_size", imageSize);
    }
    if (numClasses != null) {
      options = options.withNumClasses(numClasses);
    }
    for (Map.Entry<String, String> argument : arguments.entrySet()) {
      options = options.with(argument.getKey(), value(argument.getValue()));
    }
    return options;
  }

  private void requireOnce(CommandSpec spec, Object value, String option, String argument) {
    if (value != null && arguments.containsKey(argument)) {
      throw Usage.wrong(
          spec, "%s and --arg %s say the same: leave one of them out".formatted(option, argument));
    }
  }

  /** JSON where it is JSON, as numbers and lists are, else a word. */
  private static Object value(String text) {
    try {
      return Json.plain(text);
    } catch (JsonProcessingException word) {
      return text;
    }
  }
}
