package io.robusttrain.model.family;

import io.robusttrain.base.NearestNames;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** All models by timm's names. Thread-safe. */
public final class ModelRegistry {
  private static final SortedMap<String, FamilyMember> MEMBERS = members();

  private ModelRegistry() {}

  private static SortedMap<String, FamilyMember> members() {
    SortedMap<String, FamilyMember> members = new TreeMap<>();
    Stream.of(
            Beit.members(),
            Cait.members(),
            ConvNeXt.members(),
            Eva02.members(),
            PoolFormer.members(),
            ResNet.members(),
            Swin.members(),
            VisionTransformer.members(),
            WideResNet.members(),
            Xcit.members())
        .flatMap(List::stream)
        .forEach(
            member -> {
              if (members.put(member.config().name(), member) != null) {
                throw new IllegalStateException("two models are named " + member.config().name());
              }
            });
    return members;
  }

  /** All names, sorted. */
  public static List<String> names() {
    return List.copyOf(MEMBERS.keySet());
  }

  /**
   * A named model with overrides.
   *
   * @throws IllegalArgumentException if the name is unknown (the message has the nearest names),
   *     the model has no such argument, or the sizes do not fit each other (the message says which
   *     and what would)
   */
  public static Architecture create(String name, ModelOptions overrides) {
    FamilyMember member = MEMBERS.get(name);
    if (member == null) {
      throw new IllegalArgumentException(
          "unknown model %s; the nearest are %s"
              .formatted(name, String.join(", ", NearestNames.to(name, names()))));
    }
    requireKnown(member.config(), overrides);
    NetworkConfig plain = member.config().with(overrides.without(ModelOptions.MEAN_SPARSE));
    NetworkConfig config =
        overrides
            .number(ModelOptions.MEAN_SPARSE)
            .map(alpha -> (NetworkConfig) new SparsifiedConfig(plain, alpha))
            .orElse(plain);
    return new NetworkArchitecture(config, member.preprocessing().at(config.image()));
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

  private static void requireKnown(NetworkConfig config, ModelOptions overrides) {
    Set<String> known = new TreeSet<>(config.arguments().keySet());
    known.addAll(config.optionalArguments());
    known.add(ModelOptions.MEAN_SPARSE);
    for (String argument : overrides.arguments().keySet()) {
      if (!known.contains(argument)) {
        throw new IllegalArgumentException(
            "%s has no argument %s; it has %s"
                .formatted(config.name(), argument, String.join(", ", known)));
      }
    }
  }
}
