package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.pytorch.AllowedGlobal.Role;
import io.robusttrain.checkpoint.pytorch.PickleValue.Dict;
import io.robusttrain.checkpoint.pytorch.PickleValue.Global;
import io.robusttrain.checkpoint.pytorch.PickleValue.Int;
import io.robusttrain.checkpoint.pytorch.PickleValue.Opaque;
import io.robusttrain.checkpoint.pytorch.PickleValue.StorageRef;
import io.robusttrain.checkpoint.pytorch.PickleValue.TensorRef;
import io.robusttrain.checkpoint.pytorch.PickleValue.Text;
import io.robusttrain.checkpoint.pytorch.PickleValue.Tuple;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What the names in a pickle stand for, and what calling one of them gives. */
final class PickleCalls {
  private static final int MAX_AXES = 64;

  /**
   * An expanded tensor has more elements than its storage; the limit stops one from filling the
   * heap.
   */
  private static final long MAX_EXPANDED = 1L << 24;

  private final Map<String, StorageRef> storages = new HashMap<>();
  private final Function<String, CheckpointException> damaged;
  private final Refusals refusals;

  PickleCalls(Function<String, CheckpointException> damaged, Refusals refusals) {
    this.damaged = damaged;
    this.refusals = refusals;
  }

  /** Looks up a name; one that is not on the list ends the reading. */
  PickleValue global(String module, String name) {
    return new Global(
        AllowedGlobal.find(module, name)
            .orElseThrow(
                () ->
                    refusals.notOnlyWeights(
                        "names %s.%s".formatted(Refusals.shown(module), Refusals.shown(name)))));
  }

  /** What a call of a name with a tuple of arguments gives. */
  PickleValue call(PickleValue callee, PickleValue arguments) {
    if (!(callee instanceof Global global)) {
      throw damaged.apply(callee.kind() + " is called");
    }
    if (!(arguments instanceof Tuple tuple)) {
      throw damaged.apply(
          "%s is called with %s instead of a tuple"
              .formatted(global.known().name(), arguments.kind()));
    }
    List<PickleValue> items = tuple.items();
    return switch (global.known().role()) {
      case DICT -> dict(global.known(), items);
      case TENSOR -> tensor(global.known(), items);
      case PARAMETER -> argument(global.known(), items, 0, TensorRef.class);
      case SIZE -> argument(global.known(), items, 0, Tuple.class);
      case INERT -> new Opaque("a record of " + global.known().name());
      case STORAGE -> throw damaged.apply(global.known().name() + " is called");
    };
  }

  /** A call with arguments by name, which only inert records have. */
  PickleValue callWithKeywords(PickleValue callee, PickleValue arguments, PickleValue keywords) {
    if (!(callee instanceof Global global
        && global.known().role() == Role.INERT
        && keywords instanceof Dict)) {
      throw damaged.apply(
          "%s is called with arguments by name in %s".formatted(callee.kind(), keywords.kind()));
    }
    return call(callee, arguments);
  }

  /** Gives an object its attributes, which for an ordered dictionary are a module's versions. */
  void build(PickleValue object, PickleValue state) {
    boolean inert = object instanceof Opaque;
    if (!inert && !(object instanceof Dict && state instanceof Dict)) {
      throw damaged.apply("%s is given %s as its state".formatted(object.kind(), state.kind()));
    }
  }

  /** The storage that {@code ("storage", type, key, location, elements)} speaks of. */
  PickleValue storage(PickleValue id) {
    if (!(id instanceof Tuple tuple
        && tuple.items().size() == 5
        && tuple.items().get(0) instanceof Text tag
        && tag.value().equals("storage")
        && tuple.items().get(1) instanceof Global type
        && type.known().storageType().isPresent()
        && tuple.items().get(2) instanceof Text key
        && tuple.items().get(3) instanceof Text
        && tuple.items().get(4) instanceof Int elements
        && elements.value() >= 0)) {
      throw damaged.apply("a storage is not described as torch.save does");
    }
    StorageRef storage =
        new StorageRef(type.known().storageType().get(), key.value(), elements.value());
    StorageRef known = storages.putIfAbsent(key.value(), storage);
    if (known != null && !known.equals(storage)) {
      throw damaged.apply(
          "storage '%s' is described in two ways".formatted(Refusals.shown(key.value())));
    }
    return storage;
  }

  private PickleValue dict(AllowedGlobal global, List<PickleValue> items) {
    // A default dictionary names the type of its defaults, which a reader never needs.
    boolean factory = items.size() == 1 && items.get(0) instanceof Global;
    if (!items.isEmpty() && !factory) {
      throw wrongArguments(global);
    }
    return new Dict();
  }

  private PickleValue tensor(AllowedGlobal global, List<PickleValue> items) {
    StorageRef storage = argument(global, items, 0, StorageRef.class);
    long offset = argument(global, items, 1, Int.class).value();
    List<Long> shape = extents(global, argument(global, items, 2, Tuple.class));
    List<Long> strides = extents(global, argument(global, items, 3, Tuple.class));
    if (shape.size() != strides.size() || shape.size() > MAX_AXES) {
      throw wrongArguments(global);
    }
    requireWithin(storage, offset, shape, strides);
    return new TensorRef(storage, offset, shape, strides);
  }

  private void requireWithin(
      StorageRef storage, long offset, List<Long> shape, List<Long> strides) {
    boolean within;
    try {
      long elements = 1;
      long last = offset;
      for (int axis = 0; axis < shape.size(); axis++) {
        elements = Math.multiplyExact(elements, shape.get(axis));
        long steps = Math.max(shape.get(axis) - 1, 0);
        last = Math.addExact(last, Math.multiplyExact(steps, strides.get(axis)));
      }
      within =
          offset >= 0
              && (elements == 0 ? offset <= storage.elements() : last < storage.elements())
              && elements <= Math.max(storage.elements(), MAX_EXPANDED);
    } catch (ArithmeticException e) {
      within = false;
    }
    if (!within) {
      throw damaged.apply(
          "a tensor of shape %s, strides %s and offset %d does not fit its storage of %d elements"
              .formatted(shape, strides, offset, storage.elements()));
    }
  }

  private List<Long> extents(AllowedGlobal global, Tuple tuple) {
    return tuple.items().stream()
        .map(
            item -> {
              if (item instanceof Int extent && extent.value() >= 0) {
                return extent.value();
              }
              throw wrongArguments(global);
            })
        .toList();
  }

  private <T extends PickleValue> T argument(
      AllowedGlobal global, List<PickleValue> items, int index, Class<T> type) {
    if (index >= items.size() || !type.isInstance(items.get(index))) {
      throw wrongArguments(global);
    }
    return type.cast(items.get(index));
  }

  private CheckpointException wrongArguments(AllowedGlobal global) {
    return damaged.apply(global.name() + " is called with arguments it does not take");
  }
}
