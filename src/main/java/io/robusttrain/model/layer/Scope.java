package io.robusttrain.model.layer;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.ParameterSpec;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * A place in a network's tree of modules. A layer's constructor asks its scope for its tensors:
 * that one line says their names, shapes, order in the state dict and initial values. The same
 * constructors thus declare a network's layout, initialise it, count its operations and run it,
 * depending on the {@link Weights} behind the scope.
 */
public final class Scope {
  private final String name;
  private final Weights weights;
  private final OptionalDouble sparsity;

  private Scope(String name, Weights weights, OptionalDouble sparsity) {
    this.name = name;
    this.weights = weights;
    this.sparsity = sparsity;
  }

  /** The outermost scope: names in it have no prefix. */
  public static Scope root(Weights weights) {
    return new Scope("", weights, OptionalDouble.empty());
  }

  /** The scope of a module in this one. */
  public Scope child(String module) {
    return new Scope(qualified(module), weights, sparsity);
  }

  /**
   * The same place in a network whose activation functions get sparsified input.
   *
   * @param alpha see {@link MeanSparse}
   */
  public Scope sparsified(double alpha) {
    return new Scope(name, weights, OptionalDouble.of(alpha));
  }

  /** The alpha of a network whose activation functions get sparsified input; else empty. */
  OptionalDouble sparsity() {
    return sparsity;
  }

  /** The scope of a numbered module in this one. */
  public Scope child(int module) {
    return child(Integer.toString(module));
  }

  /** The full name of this module, empty for the network itself. */
  String name() {
    return name;
  }

  /** A tensor that takes gradients. */
  public Parameter parameter(String tensor, Initializer initializer, long... shape) {
    return weights.tensor(ParameterSpec.parameter(qualified(tensor), shape), initializer);
  }

  /** A statistic of features, such as a running one of batch norm. */
  Parameter statistic(String tensor, Initializer initializer, long... shape) {
    return weights.tensor(ParameterSpec.statistic(qualified(tensor), shape), initializer);
  }

  /** The absence of a tensor, for functions that take an optional one. */
  Parameter absent() {
    return weights.absent();
  }

  /** Where the network computes. */
  public ComputeDevice device() {
    return weights.device();
  }

  /** Keeps a native object until the network is closed. */
  public <P extends Pointer> P keep(P pointer) {
    return weights.keep(pointer);
  }

  /**
   * Says that this module has run. A layer that computes its result by a shorter way counts what
   * its definition takes, so that counts compare between implementations.
   *
   * @param kind of layer, such as {@code linear}
   * @param input (B, ...)
   * @param output (B, ...)
   * @param macsPerImage multiply-adds for one image, by definition; asked for only if wanted
   * @return the output
   */
  public Tensor traced(String kind, Tensor input, Tensor output, LongSupplier macsPerImage) {
    weights.observer().ran(name, kind, input, output, macsPerImage);
    return output;
  }

  /**
   * As {@link #traced(String, Tensor, Tensor, LongSupplier)}, of a layer that multiplies nothing.
   */
  public Tensor traced(String kind, Tensor input, Tensor output) {
    return traced(kind, input, output, () -> 0);
  }

  /** The elements of one image's part of a tensor (B, ...); B may be 0. */
  static long elements(Tensor tensor) {
    long elements = 1;
    for (long i = 1; i < tensor.dim(); i++) {
      elements *= tensor.size(i);
    }
    return elements;
  }

  private String qualified(String part) {
    return name.isEmpty() ? part : name + "." + part;
  }

  /** What stands behind the scopes of one network. */
  interface Weights {
    Parameter tensor(ParameterSpec spec, Initializer initializer);

    /** The handle of a tensor that the layer does not have. */
    Parameter absent();

    ComputeDevice device();

    /** Keeps a native object as long as the network. */
    <P extends Pointer> P keep(P pointer);

    /** Who is told of the layers that run. */
    LayerObserver observer();
  }

  /** Is told of each layer that runs. */
  @FunctionalInterface
  public interface LayerObserver {
    LayerObserver NONE = (name, kind, input, output, macs) -> {};

    /** See {@link Scope#traced}. */
    void ran(String name, String kind, Tensor input, Tensor output, LongSupplier macsPerImage);
  }
}
