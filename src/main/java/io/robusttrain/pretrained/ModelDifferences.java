package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.model.Architecture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** How the model that a model file describes differs from the one its weights go to. */
final class ModelDifferences {
  private ModelDifferences() {}

  /**
   * Says in words how the models differ: another name, other arguments such as the patch or the
   * stem's strides.
   */
  static List<String> of(Optional<ModelCard> card, Architecture architecture) {
    List<String> texts = new ArrayList<>();
    if (card.isEmpty()) {
      return texts;
    }
    ArchitectureCard here = ArchitectureCard.of(architecture.name(), architecture.arguments());
    ArchitectureCard there = card.get().architecture();
    if (!here.model().equals(there.model())) {
      texts.add("the file is of a %s, this model is a %s".formatted(there.model(), here.model()));
    }
    Map<String, Object> all = new TreeMap<>(there.arguments());
    all.putAll(here.arguments());
    for (String argument : all.keySet()) {
      Object before = there.arguments().get(argument);
      Object now = here.arguments().get(argument);
      if (before == null || !before.equals(now)) {
        texts.add(
            "%s is %s in the file and %s here".formatted(argument, shown(before), shown(now)));
      }
    }
    return texts;
  }

  private static String shown(Object value) {
    return value == null ? "not set" : value.toString();
  }
}
