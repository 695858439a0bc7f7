package io.robusttrain.pretrained;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.tensor.ParameterSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The layers of an architecture that another task replaces.
 *
 * @param head names of the classifier's tensors
 * @param stem names of the first convolution's tensors
 */
record ReplaceableLayers(List<String> head, List<String> stem) {
  private static final long COLORS = 3;

  static ReplaceableLayers of(Architecture architecture) {
    return new ReplaceableLayers(head(architecture), stem(architecture));
  }

  /** The tensors whose shapes follow the number of classes. */
  private static List<String> head(Architecture architecture) {
    Map<String, Object> arguments = new TreeMap<>(architecture.arguments());
    arguments.put("num_classes", architecture.numClasses() + 1);
    Map<String, List<Long>> others = new HashMap<>();
    ModelRegistry.create(architecture.name(), arguments)
        .layout()
        .specs()
        .forEach(spec -> others.put(spec.name(), spec.shape()));
    return architecture.layout().specs().stream()
        .filter(spec -> !spec.shape().equals(others.get(spec.name())))
        .map(ParameterSpec::name)
        .toList();
  }

  /** The first convolution that sees colours, and its bias if it has one. */
  private static List<String> stem(Architecture architecture) {
    List<ParameterSpec> specs = architecture.layout().specs();
    Optional<String> layer =
        specs.stream()
            .filter(spec -> spec.shape().size() == 4 && spec.shape().get(1) == COLORS)
            .map(ParameterSpec::name)
            .filter(name -> name.endsWith(".weight"))
            .map(name -> name.substring(0, name.length() - ".weight".length()))
            .findFirst();
    return layer.stream()
        .flatMap(name -> Stream.of(name + ".weight", name + ".bias"))
        .filter(name -> specs.stream().anyMatch(spec -> spec.name().equals(name)))
        .toList();
  }
}
