package io.robusttrain.speed.profile;

import java.util.List;
import java.util.Set;

/**
 * An operation as libtorch carried it out, or a node of the backward pass.
 *
 * @param name such as {@code aten::mm}
 * @param parent the place of the one that called it, in the list of all; -1 if none did
 * @param helper whether another thread ran it than the one that computes the step: a part of an
 *     operation of that one
 * @param inputs tensors that it takes, those in lists included
 * @param outputs tensors that it gives
 */
record Operation(
    String name, int parent, boolean helper, List<TensorUse> inputs, List<TensorUse> outputs) {
  /** What writes to its first input without a look at it. */
  private static final Set<String> OVERWRITING =
      Set.of(
          "aten::copy_",
          "aten::fill_",
          "aten::zero_",
          "aten::uniform_",
          "aten::normal_",
          "aten::bernoulli_");

  Operation {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** Bytes that it can have read and written: of each tensor once, unless it overwrites it. */
  long bytes() {
    List<TensorUse> read = OVERWRITING.contains(name) ? inputs.subList(1, inputs.size()) : inputs;
    return sum(read) + sum(outputs);
  }

  private static long sum(List<TensorUse> tensors) {
    return tensors.stream().mapToLong(TensorUse::bytes).sum();
  }
}
