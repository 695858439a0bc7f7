package io.robusttrain.model.layer;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorOptional;

/**
 * A replica's tensors in the forms that libtorch's functions take, made once per bound network.
 * Owns what it makes until {@link #close()}; the parameters are borrowed. Not thread-safe.
 */
public final class BoundWeights implements Scope.Weights, AutoCloseable {
  private final FlatParameters parameters;
  private final Scope.LayerObserver observer;
  private final List<Pointer> owned = new ArrayList<>();

  public BoundWeights(FlatParameters parameters, Scope.LayerObserver observer) {
    this.parameters = parameters;
    this.observer = observer;
  }

  @Override
  public Parameter tensor(ParameterSpec spec, Initializer initializer) {
    try (PointerScope scope = new PointerScope()) {
      return Parameter.of(
          parameters.value(spec.name()), keep(new TensorOptional(parameters.value(spec.name()))));
    }
  }

  @Override
  public Parameter absent() {
    try (PointerScope scope = new PointerScope()) {
      return Parameter.of(null, keep(new TensorOptional()));
    }
  }

  @Override
  public ComputeDevice device() {
    return parameters.device();
  }

  @Override
  public <P extends Pointer> P keep(P pointer) {
    pointer.retainReference();
    owned.add(pointer);
    return pointer;
  }

  @Override
  public Scope.LayerObserver observer() {
    return observer;
  }

  @Override
  public void close() {
    owned.forEach(Pointer::close);
    owned.clear();
  }
}
