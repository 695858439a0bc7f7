package io.robusttrain.model;

import io.robusttrain.tensor.FlatParameters;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * A replica's tensors in the forms that libtorch's functions take, made once per bound model. Owns
 * what it makes until {@link #close()}; the parameters are borrowed. Not thread-safe.
 */
final class BoundTensors implements AutoCloseable {
  private final FlatParameters parameters;
  private final List<Pointer> owned = new ArrayList<>();

  BoundTensors(FlatParameters parameters) {
    this.parameters = parameters;
  }

  /** The leaf of that name. */
  Tensor tensor(String name) {
    return parameters.value(name);
  }

  /** The leaf of that name as an optional argument. */
  TensorOptional optional(String name) {
    try (PointerScope scope = new PointerScope()) {
      return keep(new TensorOptional(tensor(name)));
    }
  }

  /** Keeps a native object until this is closed. */
  <P extends Pointer> P keep(P pointer) {
    pointer.retainReference();
    owned.add(pointer);
    return pointer;
  }

  @Override
  public void close() {
    owned.forEach(Pointer::close);
    owned.clear();
  }
}
