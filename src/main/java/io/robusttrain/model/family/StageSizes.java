package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.layer.DropPath;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * The depths and widths of a pyramid of four stages.
 *
 * @param depths blocks of each stage
 * @param dims channels of each stage
 */
@Immutable
@SuppressWarnings("Immutable") // List.copyOf in the constructor
record StageSizes(List<Integer> depths, List<Integer> dims) implements Serializable {
  static final int COUNT = 4;

  StageSizes {
    depths = List.copyOf(depths);
    dims = List.copyOf(dims);
  }

  /** These depths; the widths follow. */
  static StageSizes of(int... depths) {
    return new StageSizes(Arrays.stream(depths).boxed().toList(), List.of());
  }

  StageSizes dims(int... newDims) {
    return new StageSizes(depths, Arrays.stream(newDims).boxed().toList());
  }

  /** This, unless {@code depths} or {@code dims} is overridden. */
  StageSizes with(ModelOptions options) {
    return new StageSizes(
        options.integers("depths").orElse(depths), options.integers("dims").orElse(dims));
  }

  /** Throws unless there are four positive depths and widths; the message names the model. */
  void require(String model) {
    require(model, "depths", depths);
    require(model, "dims", dims);
  }

  private static void require(String model, String argument, List<Integer> values) {
    if (values.size() != COUNT || values.stream().anyMatch(value -> value < 1)) {
      throw new IllegalArgumentException(
          "%s: %s must be %d positive numbers, not %s".formatted(model, argument, COUNT, values));
    }
  }

  /** Blocks of the stages before a stage. */
  int blocksBefore(int stage) {
    return depths.subList(0, stage).stream().mapToInt(Integer::intValue).sum();
  }

  /** The rate of a block when it grows linearly over all blocks, from 0 to that of the last. */
  double dropPath(double last, int stage, int block) {
    return DropPath.rate(last, blocksBefore(stage) + block, blocksBefore(COUNT));
  }
}
