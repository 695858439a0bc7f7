package io.robusttrain.tensor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * All tensors of one model replica in one vector of shape (P), and their gradients in another:
 * exchange with an optimiser is one copy each way. Each named tensor is a leaf view whose {@code
 * grad} is a view of the gradient vector, so a backward pass accumulates in place. Both are float32
 * but where a caller asks for float64, in which a model computes the same with hardly any rounding.
 *
 * <p>Owns its native memory until {@link #close()}. Not thread-safe.
 */
public final class FlatParameters implements AutoCloseable {
  private final ParameterLayout layout;
  private final ComputeDevice device;
  private final Tensor values;
  private final Tensor gradients;
  private final Map<String, Tensor> views = new LinkedHashMap<>();
  private final Map<String, Tensor> gradientViews = new LinkedHashMap<>();
  private GradientParts parts;
  private IntConsumer listener;

  /** Allocates zeroed float32 vectors for a layout on a device. */
  public FlatParameters(ParameterLayout layout, ComputeDevice device) {
    this(layout, device, ScalarType.Float);
  }

  /**
   * Allocates zeroed vectors for a layout on a device.
   *
   * @param dtype {@code Float} or {@code Double}
   */
  public FlatParameters(ParameterLayout layout, ComputeDevice device, ScalarType dtype) {
    NativeRuntime.load();
    this.layout = layout;
    this.device = device;
    try (PointerScope scope = new PointerScope()) {
      TensorOptions options =
          new TensorOptions(device.placement()).dtype(new ScalarTypeOptional(dtype));
      values = torch.zeros(new long[] {layout.size()}, options).retainReference();
      gradients = torch.zeros(new long[] {layout.size()}, options).retainReference();
      for (ParameterSpec spec : layout.specs()) {
        addView(spec);
      }
    }
  }

  private void addView(ParameterSpec spec) {
    Tensor view = part(values, spec);
    Tensor gradient = part(gradients, spec);
    if (spec.segment() != Segment.STATISTICS) {
      view.set_requires_grad(true);
      view.mutable_grad().put(gradient);
    }
    views.put(spec.name(), view);
    gradientViews.put(spec.name(), gradient);
  }

  /** Where each named tensor lies in the vectors. */
  public ParameterLayout layout() {
    return layout;
  }

  /** The device that holds the vectors. */
  public ComputeDevice device() {
    return device;
  }

  /** The named tensor's leaf view; owned by this object. */
  public Tensor value(String name) {
    return existing(views, name);
  }

  /** The view of the named tensor's gradient; owned by this object. */
  public Tensor gradient(String name) {
    return existing(gradientViews, name);
  }

  /** The whole gradient vector, shape (P); owned by this object. */
  public Tensor gradients() {
    return gradients;
  }

  /** The whole value vector, shape (P); owned by this object. Not a leaf. */
  public Tensor values() {
    return values;
  }

  /**
   * Takes tensors out of backward passes: their gradients stay as they are.
   *
   * @throws IllegalArgumentException if there is no tensor of a name
   */
  public void freeze(Set<String> names) {
    require(names.stream().map(this::value).toList(), false);
  }

  /** Takes all tensors out of backward passes, as {@link #freeze(Set)} does some. */
  public void freeze() {
    require(List.copyOf(views.values()), false);
  }

  /**
   * Runs work that wants no gradient of any tensor here: operations then keep nothing for one. What
   * takes part in backward passes does so again afterwards.
   */
  public <T> T constantDuring(Supplier<T> work) {
    List<Tensor> leaves = views.values().stream().filter(Tensor::requires_grad).toList();
    require(leaves, false);
    try {
      return work.get();
    } finally {
      require(leaves, true);
    }
  }

  private static void require(List<Tensor> leaves, boolean gradient) {
    try (PointerScope scope = new PointerScope()) {
      leaves.forEach(leaf -> leaf.set_requires_grad(gradient));
    }
  }

  /** Where the parts of the gradient vector end that {@link #telling} tells of. */
  public static List<Integer> partEnds(ParameterLayout layout) {
    return layout.partEnds(GradientParts.MOST);
  }

  /**
   * Runs work, and lets its {@link #backward} tell which parts of the gradient vector are complete
   * while it goes on. Only on the host's cores.
   *
   * @param complete is told numbers of {@link #partEnds}, each at most once a pass, in the order in
   *     which parts are complete; not necessarily all. Called by this thread, in the middle of
   *     native code: it must not compute with tensors
   */
  public <T> T telling(IntConsumer complete, Supplier<T> work) {
    if (parts == null) {
      parts = new GradientParts(layout, views);
    }
    listener = complete;
    try {
      return work.get();
    } finally {
      listener = null;
    }
  }

  /** Adds the gradient of a loss to the gradient vector. */
  public void backward(Tensor loss) {
    if (listener == null) {
      loss.backward();
    } else {
      parts.during(loss::backward, listener);
    }
  }

  /** Sets every gradient to zero. */
  public void zeroGradients() {
    try (PointerScope scope = new PointerScope()) {
      gradients.fill_(new Scalar(0f));
    }
  }

  /** Sets every gradient to a number. */
  public void fillGradients(float number) {
    try (PointerScope scope = new PointerScope()) {
      gradients.fill_(new Scalar(number));
    }
  }

  /** Whether every gradient lies in [-largest, largest]; a NaN does not. */
  public boolean gradientsWithin(float largest) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard forwardOnly = new NoGradGuard()) {
      T_TensorTensor_T range = gradients.aminmax();
      return range.get0().item_float() >= -largest && range.get1().item_float() <= largest;
    }
  }

  /** Whether both vectors are float32 in the memory of this process. */
  public boolean isHostFloats() {
    return isHostFloats(values);
  }

  /**
   * Replaces all values by those of an array.
   *
   * @param source at least {@code offset + P} floats
   * @param offset the first float to take
   */
  public void load(float[] source, int offset) {
    try (PointerScope scope = new PointerScope()) {
      if (isHostFloats(values)) {
        values.data_ptr_float().put(source, offset, layout.size());
      } else {
        Tensor host = device.hostFloats(layout.size());
        host.data_ptr_float().put(source, offset, layout.size());
        values.copy_(host);
      }
    }
  }

  /** Copies values out to {@code target[offset ...]}. */
  public void store(float[] target, int offset) {
    copyOut(values, target, offset);
  }

  /** Copies gradients out to {@code target[offset ...]}. */
  public void storeGradients(float[] target, int offset) {
    copyOut(gradients, target, offset);
  }

  @Override
  public void close() {
    views.values().forEach(Pointer::close);
    gradientViews.values().forEach(Pointer::close);
    values.close();
    gradients.close();
  }

  private void copyOut(Tensor vector, float[] target, int offset) {
    try (PointerScope scope = new PointerScope()) {
      Tensor host = vector;
      if (!isHostFloats(vector)) {
        host = device.hostFloats(layout.size());
        host.copy_(vector);
      }
      host.data_ptr_float().get(target, offset, layout.size());
    }
  }

  private static boolean isHostFloats(Tensor vector) {
    return vector.is_cpu() && vector.scalar_type().intern() == ScalarType.Float;
  }

  private Tensor part(Tensor vector, ParameterSpec spec) {
    Tensor view = vector.narrow(0, layout.offset(spec.name()), spec.elements()).view(spec.sizes());
    // A version counter of its own: writing one tensor in place never invalidates what autograd
    // saved of another.
    return view.variable_data().retainReference();
  }

  private static Tensor existing(Map<String, Tensor> tensors, String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor is named " + name);
    }
    return tensor;
  }
}
