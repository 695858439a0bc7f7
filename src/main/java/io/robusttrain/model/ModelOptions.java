package io.robusttrain.model;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What overrides a named model's defaults, under timm's argument names. All models have {@code
 * num_classes}, {@code img_size} (a side, or height and width) and {@code drop_path_rate}; which
 * others a model has, {@link Architecture#arguments()} tells. Immutable.
 */
public final class ModelOptions implements Serializable {
  /**
   * The argument of any network that gets its activations sparsified: reach in standard deviations
   * ({@code model.layer.MeanSparse}). timm has none.
   */
  public static final String MEAN_SPARSE = "mean_sparse";

  private static final long serialVersionUID = 1L;

  private static final ModelOptions NONE = new ModelOptions(Map.of());

  private final TreeMap<String, Serializable> values;

  private ModelOptions(Map<String, Serializable> values) {
    this.values = new TreeMap<>(values);
  }

  /** No overrides. */
  public static ModelOptions none() {
    return NONE;
  }

  /**
   * The options of a checkpoint's or a configuration's arguments.
   *
   * @param arguments integers, numbers, booleans or lists of integers by timm's names; JSON's
   *     number types are accepted
   * @throws IllegalArgumentException if a name is unknown or a value is of the wrong type
   */
  public static ModelOptions of(Map<String, ?> arguments) {
    ModelOptions options = NONE;
    for (Map.Entry<String, ?> argument : arguments.entrySet()) {
      options = options.with(argument.getKey(), argument.getValue());
    }
    return options;
  }

  /**
   * These options and one more, which replaces an earlier value.
   *
   * @throws IllegalArgumentException if the name is unknown or the value is of the wrong type
   */
  public ModelOptions with(String argument, Object value) {
    Map<String, Serializable> changed = new TreeMap<>(values);
    changed.put(argument, ModelArgument.checked(argument, value));
    return new ModelOptions(changed);
  }

  /** These options but for one. */
  public ModelOptions without(String argument) {
    Map<String, Serializable> left = new TreeMap<>(values);
    left.remove(argument);
    return new ModelOptions(left);
  }

  /** With this number of classes K. */
  public ModelOptions withNumClasses(int numClasses) {
    return with("num_classes", numClasses);
  }

  /** With square inputs of this side in pixels. */
  public ModelOptions withImageSize(int side) {
    return with("img_size", side);
  }

  /** With this probability of dropping a residual branch, in [0, 1). */
  public ModelOptions withDropPathRate(double rate) {
    return with("drop_path_rate", rate);
  }

  /** All overrides by name. */
  public SortedMap<String, Object> arguments() {
    return Collections.unmodifiableSortedMap(new TreeMap<String, Object>(values));
  }

  /**
   * An integer override, if set.
   *
   * @throws IllegalArgumentException if it is a list
   */
  public Optional<Integer> integer(String argument) {
    Serializable value = values.get(argument);
    if (value instanceof List<?>) {
      throw new IllegalArgumentException(
          "model argument %s must be an integer for this model, not %s".formatted(argument, value));
    }
    return Optional.ofNullable((Integer) value);
  }

  /** A number override, if set. */
  public Optional<Double> number(String argument) {
    return Optional.ofNullable((Double) values.get(argument));
  }

  /** A word, if set. */
  public Optional<String> text(String argument) {
    return Optional.ofNullable((String) values.get(argument));
  }

  /** A yes-or-no override, if set. */
  public Optional<Boolean> flag(String argument) {
    return Optional.ofNullable((Boolean) values.get(argument));
  }

  /** An override that is a list of integers (a single integer is a list of one), if set. */
  public Optional<List<Integer>> integers(String argument) {
    return Optional.ofNullable(values.get(argument)).map(ModelArgument::integers);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelOptions options && values.equals(options.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
