package io.robusttrain.model.layer;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Writes down what tensors a network wants; touches no native memory. Not thread-safe. */
public final class DeclaredWeights implements Scope.Weights {
  private record Entry(ParameterSpec spec, Initializer initializer) {}

  private final List<Entry> entries = new ArrayList<>();

  /** The tensors of a network, by running the constructors of its layers. */
  public static DeclaredWeights of(Consumer<Scope> layers) {
    DeclaredWeights declared = new DeclaredWeights();
    layers.accept(Scope.root(declared));
    return declared;
  }

  /** The layout of the tensors, in the order of their declaration. */
  public ParameterLayout layout() {
    return new ParameterLayout(entries.stream().map(Entry::spec).toList());
  }

  /**
   * Fills the tensors with their initial values. Each draws from its own name, so the values do not
   * depend on the order.
   */
  public void initialize(FlatParameters parameters, SeedKey key) {
    for (Entry entry : entries) {
      ParameterSpec spec = entry.spec();
      try (PointerScope scope = new PointerScope()) {
        Tensor target =
            parameters.values().narrow(0, parameters.layout().offset(spec.name()), spec.elements());
        entry
            .initializer()
            .fill(target.view(spec.sizes()), key.with(spec.name()), parameters.device());
      }
    }
  }

  @Override
  public Parameter tensor(ParameterSpec spec, Initializer initializer) {
    entries.add(new Entry(spec, initializer));
    return Parameter.declared();
  }

  @Override
  public Parameter absent() {
    return Parameter.declared();
  }

  @Override
  public ComputeDevice device() {
    return ComputeDevice.CPU;
  }

  @Override
  public <P extends Pointer> P keep(P pointer) {
    throw new IllegalStateException("a network keeps native objects only while it runs");
  }

  @Override
  public Scope.LayerObserver observer() {
    return Scope.LayerObserver.NONE;
  }
}
