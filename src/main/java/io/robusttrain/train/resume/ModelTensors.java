package io.robusttrain.train.resume;

import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.TensorNames;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.pretrained.Adaptation;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.pretrained.AdaptedWeights;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.train.worker.InitialWeights;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The flat vector as the named tensors of a timm state dict, and back. */
public final class ModelTensors {
  private static final String LAST_STATISTIC = ".running_var";
  private static final String COUNTER = ".num_batches_tracked";

  private ModelTensors() {}

  /**
   * The tensors in state-dict order.
   *
   * @param updates how often the running statistics were updated, for {@code num_batches_tracked}
   */
  public static List<NamedTensor> of(Architecture architecture, float[] flat, long updates) {
    ParameterLayout layout = architecture.layout();
    List<NamedTensor> tensors = new ArrayList<>();
    for (ParameterSpec spec : layout.specs()) {
      tensors.add(NamedTensor.floats(spec.name(), spec.shape(), flat, layout.offset(spec.name())));
      if (spec.name().endsWith(LAST_STATISTIC)) {
        String layer = spec.name().substring(0, spec.name().length() - LAST_STATISTIC.length());
        tensors.add(NamedTensor.longs(layer + COUNTER, List.of(), updates));
      }
    }
    return tensors;
  }

  /**
   * Weights of the same network of another resolution, loaded as any other file's are: tensors of
   * positions are interpolated, and everything else must fit.
   *
   * @param seed of the run
   * @throws IOException if they cannot be read
   */
  public static AdaptedWeights resized(
      WeightsFile weights, Architecture architecture, Preprocessing preprocessing, long seed)
      throws IOException {
    return Adaptation.fit(
        weights, architecture, preprocessing, AdaptationOptions.strict(), InitialWeights.key(seed));
  }

  /** The shapes by name that a file of the architecture has. */
  static Map<String, List<Long>> shapes(Architecture architecture) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (ParameterSpec spec : architecture.layout().specs()) {
      shapes.put(spec.name(), spec.shape());
      if (spec.name().endsWith(LAST_STATISTIC)) {
        shapes.put(spec.name().replace(LAST_STATISTIC, COUNTER), List.of());
      }
    }
    return shapes;
  }

  /**
   * Reads a flat vector.
   *
   * @throws io.robusttrain.checkpoint.tensors.CheckpointException if the file is of another
   *     architecture; the message lists what is missing, unexpected and of another shape
   */
  static float[] read(Architecture architecture, SafetensorsFile file) throws IOException {
    TensorNames.require(architecture.name(), shapes(architecture), file);
    ParameterLayout layout = architecture.layout();
    float[] flat = new float[layout.size()];
    for (ParameterSpec spec : layout.specs()) {
      file.floats(
          spec.name(), 0, flat, layout.offset(spec.name()), Math.toIntExact(spec.elements()));
    }
    return flat;
  }
}
