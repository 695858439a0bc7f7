package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What would help against the differences of a file and an architecture. */
final class Remedies {
  private static final String THIRD = "patch_embed.proj.4.0.weight";
  private static final String FOURTH = "patch_embed.proj.6.0.weight";

  private final ReplaceableLayers layers;
  private final ParameterLayout layout;
  private final Map<String, TensorSpec> stored;

  Remedies(ReplaceableLayers layers, ParameterLayout layout, Map<String, TensorSpec> stored) {
    this.layers = layers;
    this.layout = layout;
    this.stored = stored;
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
                    "The file's classifier has %d classes, the model's %d: set model.initial.head = replace for a new one."
                        .formatted(extents.get(0), extents.get(1))));
    if (layers.stem().stream().anyMatch(this::anotherKernel)) {
      remedies.add(
          "The first convolution has another kernel: set model.initial.stem = replace for a new one.");
    }
    boolean fourHere = layout.find(FOURTH).isPresent();
    boolean threeHere = layout.find(THIRD).isPresent() && !fourHere;
    if (fourHere && stored.containsKey(THIRD) && !stored.containsKey(FOURTH)) {
      remedies.add(
          "The file has the stem of three convolutions of timm's patch-8 XCiTs, the model one of four: name a p8 model.");
    } else if (threeHere && stored.containsKey(FOURTH)) {
      remedies.add(
          "The file has the stem of four convolutions of the patch-16 XCiTs, the model that of three of timm's patch 8: name a p16 model and set model.stem-strides = [1, 2, 2, 2] for patch 8, [1, 1, 2, 2] for patch 4.");
    }
    if (remedies.isEmpty()) {
      remedies.add("Use a file of the same architecture or change the model.");
    }
    if (!unfit.isEmpty() || !missing.isEmpty()) {
      remedies.add("With model.initial.strict = false what does not fit keeps its initial values.");
    } else {
      remedies.add("With model.initial.strict = false they are left out.");
    }
    return remedies;
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
