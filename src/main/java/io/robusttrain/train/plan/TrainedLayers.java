package io.robusttrain.train.plan;

import io.robusttrain.config.OptimConfig;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.FrozenArchitecture;
import io.robusttrain.model.ParameterPrefixes;
import io.robusttrain.optim.UpdateRanges;
import io.robusttrain.tensor.Segment;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a run trains of its model, and how fast each layer. Immutable. */
final class TrainedLayers {
  private final Architecture model;
  private final Set<String> frozen;
  private final double decay;

  private TrainedLayers(Architecture model, Set<String> frozen, double decay) {
    this.model = model;
    this.frozen = frozen;
    this.decay = decay;
  }

  /**
   * What {@code optim} says of a model.
   *
   * @throws IllegalArgumentException if a name begins no tensor or nothing is left to train; the
   *     message begins with the key
   */
  static TrainedLayers of(OptimConfig optim, Architecture model) {
    Set<String> frozen = new TreeSet<>();
    if (optim.freeze().isSet()) {
      for (String prefix : optim.freeze().get()) {
        frozen.addAll(matching(model, "freeze", prefix));
      }
    }
    if (optim.freezeUntil().isSet()) {
      Map<String, Integer> layers = model.layerIds();
      int first =
          Collections.min(
              matching(model, "freeze-until", optim.freezeUntil().get()).stream()
                  .map(layers::get)
                  .toList());
      layers.forEach(
          (name, layer) -> {
            if (layer < first) {
              frozen.add(name);
            }
          });
    }
    boolean trains =
        model.layout().specs().stream()
            .anyMatch(
                spec -> spec.segment() != Segment.STATISTICS && !frozen.contains(spec.name()));
    if (!trains) {
      throw new IllegalArgumentException(
          "optim.freeze leaves no tensor of %s to train".formatted(model.name()));
    }
    return new TrainedLayers(model, frozen, optim.layerDecay().orElse(1.0));
  }

  private static Set<String> matching(Architecture model, String key, String prefix) {
    try {
      return ParameterPrefixes.matching(model.layout(), prefix);
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException("optim." + key + ": " + unknown.getMessage(), unknown);
    }
  }

  /** The model as it is trained; the model itself if nothing is frozen. */
  Architecture architecture() {
    return frozen.isEmpty() ? model : new FrozenArchitecture(model, frozen);
  }

  /** The learning rates by range of the flat vector. */
  UpdateRanges ranges() {
    if (decay == 1 && frozen.isEmpty()) {
      return UpdateRanges.whole(model.layout());
    }
    Map<String, Integer> layers = model.layerIds();
    int last = Collections.max(layers.values());
    return UpdateRanges.of(
        model.layout(),
        name -> frozen.contains(name) ? 0 : Math.pow(decay, last - layers.get(name)));
  }
}
