package io.robusttrain.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.robusttrain.base.Json;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options by which a command line overrides a named model's arguments. */
public final class ModelSelection {
  @Option(
      names = "--img-size",
      paramLabel = "PIXELS",
      split = "x",
      description = "Side of the images in pixels, or HEIGHTxWIDTH. Default: the model's.")
  private List<Integer> imageSize;

  @Option(
      names = "--num-classes",
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

  /** The named model with these overrides. */
  public Architecture create(String name) {
    return ModelRegistry.create(name, over(ModelOptions.none()));
  }

  /** Other arguments with these overrides. */
  public ModelOptions over(ModelOptions others) {
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

  /** JSON where it is JSON, as numbers and lists are, else a word. */
  private static Object value(String text) {
    try {
      return Json.plain(text);
    } catch (JsonProcessingException word) {
      return text;
    }
  }
}
