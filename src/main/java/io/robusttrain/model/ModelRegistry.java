package io.robusttrain.model;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** All models by timm's names. Thread-safe. */
public final class ModelRegistry {
  private static final SortedMap<String, Entry> ENTRIES = entries();

  private ModelRegistry() {}

  /**
   * A named model.
   *
   * @param config its sizes
   * @param preset timm's default preprocessing
   */
  record Entry(NetworkConfig config, Preset preset) {}

  private static SortedMap<String, Entry> entries() {
    SortedMap<String, Entry> entries = new TreeMap<>();
    Stream.of(
            Cait.members(),
            ConvNeXt.members(),
            PoolFormer.members(),
            ResNet.members(),
            VisionTransformer.members(),
            WideResNet.members(),
            Xcit.members())
        .flatMap(List::stream)
        .forEach(
            entry -> {
              if (entries.put(entry.config().name(), entry) != null) {
                throw new IllegalStateException("two models are named " + entry.config().name());
              }
            });
    return entries;
  }

  /** All names, sorted. */
  public static List<String> names() {
    return List.copyOf(ENTRIES.keySet());
  }

  /**
   * A named model with overrides.
   *
   * @throws IllegalArgumentException if the name is unknown (the message has the nearest names),
   *     the model has no such argument, or the sizes do not fit each other (the message says which
   *     and what would)
   */
  public static Architecture create(String name, ModelOptions overrides) {
    Entry entry = ENTRIES.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          "unknown model %s; the nearest are %s"
              .formatted(name, String.join(", ", NearestNames.to(name, names()))));
    }
    requireKnown(entry.config(), overrides);
    NetworkConfig config = entry.config().with(overrides);
    return new NetworkArchitecture(config, entry.preset().at(config.height(), config.width()));
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

  /** The arguments of a named model without overrides. */
  static Map<String, Object> arguments(String name) {
    return ENTRIES.get(name).config().arguments();
  }

  private static void requireKnown(NetworkConfig config, ModelOptions overrides) {
    Set<String> known = new TreeSet<>(config.arguments().keySet());
    known.addAll(config.optionalArguments());
    for (String argument : overrides.arguments().keySet()) {
      if (!known.contains(argument)) {
        throw new IllegalArgumentException(
            "%s has no argument %s; it has %s"
                .formatted(config.name(), argument, String.join(", ", known)));
      }
    }
  }
}
