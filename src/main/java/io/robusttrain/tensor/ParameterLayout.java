package io.robusttrain.tensor;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/**
 * Where each named tensor of a model lives in the flat vector: first all {@link Segment#DECAYED}
 * tensors, then the {@link Segment#UNDECAYED}, then the {@link Segment#STATISTICS}, each in
 * state-dict order. Immutable.
 */
public final class ParameterLayout implements Serializable {
  private static final long serialVersionUID = 1L;

  private final List<ParameterSpec> specs;
  private final HashMap<String, Integer> offsets = new HashMap<>();
  private final EnumMap<Segment, Integer> starts = new EnumMap<>(Segment.class);
  private final EnumMap<Segment, Integer> ends = new EnumMap<>(Segment.class);

  /**
   * Lays out the tensors.
   *
   * @param specs all tensors in state-dict order
   * @throws IllegalArgumentException if a name comes twice or the vector exceeds 2^31 - 1 elements
   */
  public ParameterLayout(List<ParameterSpec> specs) {
    this.specs = List.copyOf(specs);
    int next = 0;
    for (Segment segment : Segment.values()) {
      starts.put(segment, next);
      for (ParameterSpec spec : this.specs) {
        if (spec.segment() == segment) {
          if (offsets.put(spec.name(), next) != null) {
            throw new IllegalArgumentException("tensor name comes twice: " + spec.name());
          }
          next = Math.addExact(next, Math.toIntExact(spec.elements()));
        }
      }
      ends.put(segment, next);
    }
  }

  /** All tensors in state-dict order. */
  public List<ParameterSpec> specs() {
    return specs;
  }

  /** Whether another layout has the same tensors in the same places. */
  public boolean isSameAs(ParameterLayout other) {
    return specs.equals(other.specs);
  }

  /** The elements of the whole flat vector, running statistics included. */
  public int size() {
    return end(Segment.STATISTICS);
  }

  /** The elements that take gradients: the model's parameter count. */
  public int parameterCount() {
    return end(Segment.UNDECAYED);
  }

  /** The first element of a segment. */
  public int start(Segment segment) {
    return starts.get(segment);
  }

  /** One past the last element of a segment. */
  public int end(Segment segment) {
    return ends.get(segment);
  }

  /**
   * The first element of a tensor.
   *
   * @throws IllegalArgumentException if there is no tensor of that name
   */
  public int offset(String name) {
    Integer offset = offsets.get(name);
    if (offset == null) {
      throw new IllegalArgumentException("no tensor is named " + name);
    }
    return offset;
  }

  /**
   * Where contiguous parts of the vector end, one after the other: decayed tensors in parts of
   * about the same size, and all the rest, which a backward pass completes last, in one part.
   *
   * @param most parts of decayed tensors
   * @return ends in ascending order; the last is {@link #size}
   */
  public List<Integer> partEnds(int most) {
    int decayed = end(Segment.DECAYED);
    List<Integer> ends = new ArrayList<>();
    long filled = 0;
    for (ParameterSpec spec : specs) {
      if (spec.segment() == Segment.DECAYED) {
        long end = offset(spec.name()) + spec.elements();
        // Of as many equal parts, those that are full: a large tensor may fill several.
        long full = end * most / decayed;
        if (full > filled) {
          ends.add(Math.toIntExact(end));
          filled = full;
        }
      }
    }
    if (decayed < size()) {
      ends.add(size());
    }
    return List.copyOf(ends);
  }

  /** The tensor of a name, if there is one. */
  public Optional<ParameterSpec> find(String name) {
    return specs.stream().filter(spec -> spec.name().equals(name)).findFirst();
  }
}
