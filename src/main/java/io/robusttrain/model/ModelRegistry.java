package io.robusttrain.model;

import java.util.List;
import java.util.Map;

/** All models by timm's names. Thread-safe. */
public final class ModelRegistry {
  private static final Map<String, XcitConfig> XCITS = XcitVariants.all();

  private ModelRegistry() {}

  /** All names, sorted. */
  public static List<String> names() {
    return XCITS.keySet().stream().sorted().toList();
  }

  /**
   * A named model with overrides.
   *
   * @throws IllegalArgumentException if the name is unknown (the message has the nearest names) or
   *     the sizes do not fit each other (the message says which and what would)
   */
  public static Architecture create(String name, ModelOptions overrides) {
    XcitConfig xcit = XCITS.get(name);
    if (xcit == null) {
      throw new IllegalArgumentException(
          "unknown model %s; the nearest are %s"
              .formatted(name, String.join(", ", NearestNames.to(name, names()))));
    }
    return new Xcit(xcit.with(overrides));
  }

  /**
   * The model that a checkpoint describes.
   *
   * @param arguments as {@link Architecture#arguments()} gave them, possibly through JSON
   * @throws IllegalArgumentException as {@link #create(String, ModelOptions)}, and for an unknown
   *     argument or a value of the wrong type
   */
  public static Architecture create(String name, Map<String, ?> arguments) {
    return create(name, ModelOptions.of(arguments));
  }
}
