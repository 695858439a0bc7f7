package io.robusttrain.model;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * The mean and unbiased variance that each batch norm saw in the last training forward, in the
 * order of the layout's {@link Segment#STATISTICS}. Batch norm writes them when it gets these
 * buffers as running statistics with momentum 1.
 *
 * <p>Owns its native memory until {@link #close()}. Not thread-safe.
 */
public final class BatchStatistics implements AutoCloseable {
  private final Tensor flat;
  private final Map<String, Tensor> views = new HashMap<>();

  /** Allocates zeroed float32 statistics for a layout. */
  public BatchStatistics(ParameterLayout layout, ComputeDevice device) {
    this(layout, device, torch.ScalarType.Float);
  }

  /**
   * Allocates zeroed statistics for a layout.
   *
   * @param dtype that of the model's parameters, {@code Float} or {@code Double}
   */
  public BatchStatistics(ParameterLayout layout, ComputeDevice device, torch.ScalarType dtype) {
    int start = layout.start(Segment.STATISTICS);
    try (PointerScope scope = new PointerScope()) {
      // The values are placed by libtorch; a statistic of a layout without batch norm is empty.
      flat =
          torch
              .zeros(new long[] {layout.size() - start}, new TensorOptions())
              .to(device.placement(), dtype)
              .retainReference();
      for (ParameterSpec spec : layout.specs()) {
        if (spec.segment() == Segment.STATISTICS) {
          int offset = layout.offset(spec.name()) - start;
          Tensor view = flat.narrow(0, offset, spec.elements()).view(spec.sizes());
          // A version counter of its own: autograd saves the buffer of each layer.
          views.put(spec.name(), view.variable_data().retainReference());
        }
      }
    }
  }

  /** All statistics, shape (S); owned by this object. */
  public Tensor flat() {
    return flat;
  }

  /** The buffer of a running statistic such as {@code norm.running_mean}; owned by this object. */
  public Tensor buffer(String name) {
    Tensor view = views.get(name);
    if (view == null) {
      throw new IllegalArgumentException("no running statistic is named " + name);
    }
    return view;
  }

  /** Sets all statistics to zero. */
  public void clear() {
    try (PointerScope scope = new PointerScope()) {
      flat.fill_(new Scalar(0f));
    }
  }

  @Override
  public void close() {
    views.values().forEach(Pointer::close);
    flat.close();
  }
}
