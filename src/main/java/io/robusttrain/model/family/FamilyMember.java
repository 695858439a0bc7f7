package io.robusttrain.model.family;

import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.TimmModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A model that has a name of its own in a family.
 *
 * @param config its sizes
 * @param preprocessing timm's default at the size of {@code config}
 */
record FamilyMember(NetworkConfig config, Preprocessing preprocessing) {
  /** A member whose weights were trained with ImageNet's statistics. */
  static FamilyMember imageNet(NetworkConfig config, double cropFraction) {
    return of(config, PixelStatistics.IMAGENET, cropFraction);
  }

  /** A member whose images are resized bicubically. */
  static FamilyMember of(NetworkConfig config, PixelStatistics statistics, double cropFraction) {
    int height = config.image().height();
    int width = config.image().width();
    return new FamilyMember(
        config,
        new Preprocessing(
            height, width, statistics.mean(), statistics.std(), cropFraction, "bicubic"));
  }

  static FamilyMember named(String name, List<FamilyMember> family) {
    return family.stream()
        .filter(member -> member.config.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /**
   * How timm builds a variant of this member, which timm has under the same name: by the arguments
   * in which the two differ.
   *
   * @param foreign arguments that timm's model does not take
   */
  TimmModel timm(NetworkConfig variant, String... foreign) {
    Map<String, Object> defaults = config.arguments();
    // Drop path has no weights, and does nothing outside of training.
    Set<String> left =
        Stream.concat(Stream.of("drop_path_rate"), Stream.of(foreign)).collect(Collectors.toSet());
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("num_classes", variant.numClasses());
    variant
        .arguments()
        .forEach(
            (argument, value) -> {
              if (!left.contains(argument) && !value.equals(defaults.get(argument))) {
                arguments.put(argument, value);
              }
            });
    return new TimmModel("timm.create_model", List.of(config.name()), arguments, List.of());
  }
}
