package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What would help against the differences of a file and an architecture. */
final class Remedies {
  private static final String THIRD = "patch_embed.proj.4.0.weight";
  private static final String FOURTH = "patch_embed.proj.6.0.weight";

  private final ReplaceableLayers layers;
  private final ParameterLayout layout;
  private final Map<String, TensorSpec> stored;
  private final SettingNames names;

  Remedies(
      ReplaceableLayers layers,
      ParameterLayout layout,
      Map<String, TensorSpec> stored,
      SettingNames names) {
    this.layers = layers;
    this.layout = layout;
    this.stored = stored;
    this.names = names;
  }

  /** Returns at least one sentence that says what to do. */
  List<String> of(List<String> unfit, List<String> missing) {
    List<String> remedies = new ArrayList<>();
    layers.head().stream()
        .map(this::firstExtents)
        .filter(extents -> !extents.isEmpty())
        .findFirst()
        .ifPresent(
            extents ->
                remedies.add(
                    "The file's classifier has %d classes, the model's %d: %s."
                        .formatted(
                            extents.get(0),
                            extents.get(1),
                            anew(names.newHead(), "take weights of as many classes"))));
    if (layers.stem().stream().anyMatch(this::anotherKernel)) {
      remedies.add(
          "The first convolution has another kernel: %s."
              .formatted(anew(names.newStem(), "name the model that the weights are of")));
    }
    boolean fourHere = layout.find(FOURTH).isPresent();
    boolean threeHere = layout.find(THIRD).isPresent() && !fourHere;
    if (fourHere && stored.containsKey(THIRD) && !stored.containsKey(FOURTH)) {
      remedies.add(
          "The file has the stem of three convolutions of timm's patch-8 XCiTs, the model one of"
              + " four: name a p8 model.");
    } else if (threeHere && stored.containsKey(FOURTH)) {
      remedies.add(
          "The file has the stem of four convolutions of the patch-16 XCiTs, the model that of three of timm's patch 8: name a p16 model and set %s for patch 8, [1, 1, 2, 2] for patch 4."
              .formatted(names.stemStrides().formatted("[1, 2, 2, 2]")));
    }
    if (remedies.isEmpty()) {
      remedies.add("Use a file of the same architecture or change the model.");
    }
    String left =
        unfit.isEmpty() && missing.isEmpty()
            ? "With %s they are left out."
            : "With %s what does not fit keeps its initial values.";
    names.lenient().ifPresent(setting -> remedies.add(left.formatted(setting)));
    return remedies;
  }

  private static String anew(Optional<String> setting, String otherwise) {
    return setting.map("set %s for a new one"::formatted).orElse(otherwise);
  }

  /** The first extents of a tensor in the file and in the model if they differ, else nothing. */
  private List<Long> firstExtents(String name) {
    TensorSpec found = stored.get(name);
    List<Long> shape = shape(name);
    if (found == null || found.shape().isEmpty() || found.shape().get(0).equals(shape.get(0))) {
      return List.of();
    }
    return List.of(found.shape().get(0), shape.get(0));
  }

  /** Whether channels agree and only the kernel's height and width do not. */
  private boolean anotherKernel(String name) {
    TensorSpec found = stored.get(name);
    List<Long> shape = shape(name);
    return found != null
        && found.shape().size() == 4
        && shape.size() == 4
        && found.shape().subList(0, 2).equals(shape.subList(0, 2))
        && !found.shape().equals(shape);
  }

  private List<Long> shape(String name) {
    return layout.find(name).orElseThrow().shape();
  }
}
