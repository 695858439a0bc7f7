package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.pytorch.PickleValue.Dict;
import io.robusttrain.checkpoint.pytorch.PickleValue.TensorRef;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The weights among what a file holds.
 *
 * @param key the key of the outer dictionary they were under, empty if they are the whole file
 * @param tensors by name, without the prefixes of PyTorch's wrappers, in the order of the file
 */
record StateDict(Optional<String> key, Map<String, TensorRef> tensors) {
  /** Tried in this order, before the whole file. */
  private static final List<String> KEYS = List.of("state_dict", "model", "module");

  /** Averages of the weights: another model than the one trained, so taken only for want of it. */
  private static final List<String> AVERAGES = List.of("state_dict_ema", "model_ema");

  /** What DistributedDataParallel and torch.compile put before every name. */
  private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.");

  private static final int SHOWN = 12;

  /**
   * Finds the weights in what a pickle holds.
   *
   * @param wanted the key they are under, or empty for the usual places
   * @throws CheckpointException if there are none
   */
  static StateDict find(PickleValue root, Optional<String> wanted, Refusals refusals) {
    if (!(root instanceof Dict outer)) {
      throw refusals.refused(
          "holds %s, not a dictionary of tensors".formatted(root.kind()),
          "Save the weights alone: torch.save(model.state_dict(), 'weights.pth').");
    }
    if (wanted.isPresent()) {
      return under(outer, wanted.get(), refusals)
          .orElseThrow(() -> nothingUnder(outer, "'%s'".formatted(wanted.get()), refusals));
    }
    return firstUnder(outer, KEYS, refusals)
        .or(() -> of(Optional.empty(), outer, refusals))
        .or(() -> firstUnder(outer, AVERAGES, refusals))
        .orElseThrow(() -> nothingUnder(outer, "its usual keys", refusals));
  }

  private static Optional<StateDict> firstUnder(Dict outer, List<String> keys, Refusals refusals) {
    return keys.stream().flatMap(key -> under(outer, key, refusals).stream()).findFirst();
  }

  private static Optional<StateDict> under(Dict outer, String key, Refusals refusals) {
    return outer.named().get(key) instanceof Dict inner
        ? of(Optional.of(key), inner, refusals)
        : Optional.empty();
  }

  private static Optional<StateDict> of(Optional<String> key, Dict dict, Refusals refusals) {
    Map<String, TensorRef> tensors = new LinkedHashMap<>();
    dict.named()
        .forEach(
            (name, value) -> {
              if (value instanceof TensorRef tensor) {
                tensors.put(name, tensor);
              }
            });
    if (tensors.isEmpty()) {
      return Optional.empty();
    }
    if (dict.others().stream().anyMatch(TensorRef.class::isInstance)) {
      throw refusals.refused(
          "has tensors whose names are not strings", "Save model.state_dict() as it is.");
    }
    return Optional.of(new StateDict(key, unwrapped(tensors)));
  }

  private static Map<String, TensorRef> unwrapped(Map<String, TensorRef> tensors) {
    for (String wrapper : WRAPPERS) {
      if (tensors.keySet().stream()
          .allMatch(name -> name.startsWith(wrapper) && name.length() > wrapper.length())) {
        Map<String, TensorRef> inner = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> inner.put(name.substring(wrapper.length()), tensor));
        return unwrapped(inner);
      }
    }
    return tensors;
  }

  /** Names the keys with tensors first: one of them is probably wanted. */
  private static CheckpointException nothingUnder(Dict outer, String place, Refusals refusals) {
    String keys =
        outer.named().keySet().stream()
            .sorted(Comparator.comparing(key -> under(outer, key, refusals).isEmpty()))
            .limit(SHOWN)
            .map(key -> "'" + Refusals.shown(key) + "'")
            .collect(Collectors.joining(", "));
    return refusals.refused(
        "has no tensors by name under %s; it has the keys %s%s"
            .formatted(place, keys, outer.named().size() > SHOWN ? " and more" : ""),
        "Save the weights alone, torch.save(model.state_dict(), 'weights.pth'), or name their key"
            + " where one can be set.");
  }
}
