package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.tensors.DType;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.model.Architecture;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The weights of a network in memory, as a file of them would be. Immutable as long as they are.
 */
public final class FlatWeights implements WeightsFile {
  private final Architecture architecture;
  private final float[] values;
  private final ModelCard card;

  /**
   * Weights that need no file.
   *
   * @param values the flat vector (P); not copied
   * @param card what a file would say of them
   */
  public FlatWeights(Architecture architecture, float[] values, ModelCard card) {
    this.architecture = architecture;
    this.values = values;
    this.card = card;
  }

  @Override
  public String path() {
    return "the %s of %d pixels".formatted(architecture.name(), architecture.imageHeight());
  }

  @Override
  public String description() {
    return path();
  }

  @Override
  public List<TensorSpec> tensors() {
    return architecture.layout().specs().stream()
        .map(spec -> new TensorSpec(spec.name(), DType.F32, spec.shape()))
        .toList();
  }

  @Override
  public float[] floats(String tensor) {
    ParameterLayout layout = architecture.layout();
    ParameterSpec spec = layout.find(tensor).orElseThrow();
    int offset = layout.offset(tensor);
    return Arrays.copyOfRange(values, offset, offset + Math.toIntExact(spec.elements()));
  }

  @Override
  public Optional<ModelCard> card() {
    return Optional.of(card);
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
