package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.tensors.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A value in a pickle. Values may contain themselves and each other many times over, so nothing may
 * walk through them: they are never compared, hashed or printed, only asked for their kind.
 */
sealed interface PickleValue {
  /** What the value is, for messages. */
  String kind();

  /** None, true or false, which no reader of weights asks for. */
  record Constant(String kind) implements PickleValue {}

  /** An integer of 64 bits; longer ones are {@link Opaque}. */
  record Int(long value) implements PickleValue {
    @Override
    public String kind() {
      return "an integer";
    }
  }

  record Text(String value) implements PickleValue {
    @Override
    public String kind() {
      return "a string";
    }
  }

  /** A tuple, or a {@code torch.Size}. */
  record Tuple(List<PickleValue> items) implements PickleValue {
    @Override
    public String kind() {
      return "a tuple";
    }
  }

  /** A list; what it holds is of no use to the reader, only that it may grow. */
  record Sequence() implements PickleValue {
    @Override
    public String kind() {
      return "a list";
    }
  }

  /**
   * A dictionary, ordered or not.
   *
   * @param named the values under strings, in order
   * @param others the values under other keys
   */
  record Dict(Map<String, PickleValue> named, List<PickleValue> others) implements PickleValue {
    Dict() {
      this(new LinkedHashMap<>(), new ArrayList<>(0));
    }

    void put(PickleValue key, PickleValue value) {
      if (key instanceof Text text) {
        named.put(text.value(), value);
      } else {
        others.add(value);
      }
    }

    @Override
    public String kind() {
      return "a dictionary";
    }
  }

  /** A class or function that the allow-list knows; it is a word, not a thing that can run. */
  record Global(AllowedGlobal known) implements PickleValue {
    @Override
    public String kind() {
      return "the name " + known.name();
    }
  }

  /**
   * Bytes in the archive that tensors look at.
   *
   * @param dtype type of an element
   * @param key name of the bytes in the archive
   * @param elements their number, at least 0
   */
  record StorageRef(DType dtype, String key, long elements) implements PickleValue {
    @Override
    public String kind() {
      return "a storage";
    }
  }

  /**
   * A view of a storage, checked to lie within it.
   *
   * @param storage the elements
   * @param offset index of the first element
   * @param shape extents, each at least 0
   * @param strides steps between neighbours along each axis in elements, each at least 0
   */
  record TensorRef(StorageRef storage, long offset, List<Long> shape, List<Long> strides)
      implements PickleValue {
    @Override
    public String kind() {
      return "a tensor";
    }
  }

  /**
   * Anything else that checkpoints carry: it was read over, never built.
   *
   * @param kind what it would have become
   */
  record Opaque(String kind) implements PickleValue {}
}
