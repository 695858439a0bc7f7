package io.robusttrain.model.layer;

import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.LayerSummary;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Runs a network on an empty batch and writes down its layers: every shape is real, nothing is
 * computed, and the weights take no memory, as all elements of a tensor are one and the same zero.
 * Not thread-safe.
 */
public final class LayerTrace implements Scope.Weights, Scope.LayerObserver {
  private final Map<String, ParameterSpec> unseen = new LinkedHashMap<>();
  private final List<LayerSummary> layers = new ArrayList<>();
  private final List<Pointer> kept = new ArrayList<>();

  private LayerTrace() {}

  /**
   * The layers in the order in which they run, then the parameters that belong to none.
   *
   * @param layers builds the network
   * @param image the size of the input
   * @param pass how it runs, in eval mode
   */
  public static List<LayerSummary> of(
      Function<Scope, Network> layers, ImageSize image, ForwardPass pass) {
    NativeRuntime.load();
    LayerTrace trace = new LayerTrace();
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Network network = layers.apply(Scope.root(trace));
      network.forward(torch.empty(0, 3, image.height(), image.width()), pass);
    } finally {
      trace.kept.forEach(Pointer::close);
    }
    trace.unseen.values().forEach(spec -> trace.add(spec.name(), "parameter", spec));
    return List.copyOf(trace.layers);
  }

  private void add(String name, String kind, ParameterSpec spec) {
    layers.add(new LayerSummary(name, kind, List.of(), spec.shape(), spec.elements(), 0));
  }

  @Override
  public void ran(
      String name, String kind, Tensor input, Tensor output, LongSupplier macsPerImage) {
    layers.add(
        new LayerSummary(
            name,
            kind,
            imageShape(input),
            imageShape(output),
            takeParameters(name),
            macsPerImage.getAsLong()));
  }

  /** The parameters of a module itself, unless they have been counted already. */
  private long takeParameters(String module) {
    long elements = 0;
    for (String name : List.copyOf(unseen.keySet())) {
      if (name.lastIndexOf('.') == module.length() && name.startsWith(module)) {
        elements += unseen.remove(name).elements();
      }
    }
    return elements;
  }

  private static List<Long> imageShape(Tensor tensor) {
    List<Long> shape = new ArrayList<>();
    for (long i = 1; i < tensor.dim(); i++) {
      shape.add(tensor.size(i));
    }
    return shape;
  }

  @Override
  public Parameter tensor(ParameterSpec spec, Initializer initializer) {
    if (spec.segment() != Segment.STATISTICS) {
      unseen.put(spec.name(), spec);
    }
    Tensor tensor = torch.zeros(1).expand(spec.sizes());
    return Parameter.of(tensor, new TensorOptional(tensor));
  }

  @Override
  public Parameter absent() {
    return Parameter.of(null, new TensorOptional());
  }

  @Override
  public ComputeDevice device() {
    return ComputeDevice.CPU;
  }

  @Override
  public <P extends Pointer> P keep(P pointer) {
    pointer.retainReference();
    kept.add(pointer);
    return pointer;
  }

  @Override
  public Scope.LayerObserver observer() {
    return this;
  }
}
