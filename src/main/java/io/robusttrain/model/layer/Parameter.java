package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * A layer's handle of one of its tensors. While a network is only being declared there is nothing
 * behind it yet.
 */
public final class Parameter {
  private final Tensor tensor;
  private final TensorOptional optional;

  private Parameter(Tensor tensor, TensorOptional optional) {
    this.tensor = tensor;
    this.optional = optional;
  }

  static Parameter declared() {
    return new Parameter(null, null);
  }

  static Parameter of(Tensor tensor, TensorOptional optional) {
    return new Parameter(tensor, optional);
  }

  /** The leaf; borrowed. */
  public Tensor tensor() {
    if (tensor == null) {
      throw new IllegalStateException("the network is declared, not bound: it has no tensors");
    }
    return tensor;
  }

  /** The leaf in the form that many of libtorch's functions take; borrowed. */
  public TensorOptional optional() {
    if (optional == null) {
      throw new IllegalStateException("the network is declared, not bound: it has no tensors");
    }
    return optional;
  }
}
