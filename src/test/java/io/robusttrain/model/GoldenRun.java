package io.robusttrain.model;

import io.robusttrain.model.GoldenModel.Recorded;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One forward and backward pass of a recorded model.
 *
 * @param recorded the model, its weights and its input
 * @param mode {@code eval} or {@code train}
 */
record GoldenRun(Recorded recorded, String mode) {
  static final String ZERO = "zero.";

  /**
   * Everything that the pass computes, by the names of the file: logits, loss, the gradient of the
   * input and of each parameter, and running statistics afterwards. Gradients whose true value is
   * zero are named with {@link #ZERO} before them.
   */
  Map<String, double[]> results(ScalarType dtype, Perturbation perturbation) {
    return results(new Way(ComputeDevice.CPU, dtype, MemoryFormat.Contiguous), perturbation);
  }

  /**
   * How a pass is computed.
   *
   * @param format how the pixels lie in memory
   */
  record Way(ComputeDevice device, ScalarType dtype, MemoryFormat format) {}

  /** As {@link #results(ScalarType, Perturbation)}, anywhere. */
  Map<String, double[]> results(Way way, Perturbation perturbation) {
    try (PointerScope scope = new PointerScope();
        GoldenModel golden = new GoldenModel(recorded, way.dtype(), way.device());
        BatchStatistics statistics =
            new BatchStatistics(golden.architecture.layout(), way.device(), way.dtype());
        Classifier model = golden.architecture.bind(golden.parameters)) {
      perturbation.move(golden.parameters.values(), "weights");
      Tensor pixels = golden.pixels().contiguous(way.format());
      perturbation.move(pixels, "pixels");
      pixels.set_requires_grad(true);
      boolean training = mode.equals("train");
      Tensor logits =
          model.forward(
              pixels, training ? ForwardPass.train(statistics, SeedKey.of(1)) : ForwardPass.eval());
      Tensor loss = torch.cross_entropy(logits, golden.labels());
      loss.backward();

      Map<String, double[]> results = new TreeMap<>();
      results.put("logits_" + mode, Doubles.of(logits));
      results.put("loss_" + mode, Doubles.of(loss));
      results.put("grad_input_" + mode, Doubles.of(pixels.grad()));
      for (ParameterSpec spec : golden.architecture.layout().specs()) {
        addParameter(results, golden, spec, training ? statistics : null);
      }
      return results;
    }
  }

  private void addParameter(
      Map<String, double[]> results,
      GoldenModel golden,
      ParameterSpec spec,
      BatchStatistics statistics) {
    String name = golden.recordedName(spec.name());
    double[] gradient = Doubles.of(golden.parameters.gradient(spec.name()));
    if (spec.segment() != Segment.STATISTICS) {
      boolean zero = recorded.zeroGradient(spec.name()) || recorded.zeroGradient(name);
      results.put((zero ? ZERO : "") + "grad_%s.%s".formatted(mode, name), gradient);
      return;
    }
    results.put(ZERO + name, gradient);
    if (statistics != null) {
      double[] running = Doubles.of(golden.parameters.value(spec.name()));
      double[] batch = Doubles.of(statistics.buffer(spec.name()));
      for (int i = 0; i < running.length; i++) {
        running[i] = 0.9 * running[i] + 0.1 * batch[i];
      }
      results.put("bn_after." + name, running);
    }
  }
}
