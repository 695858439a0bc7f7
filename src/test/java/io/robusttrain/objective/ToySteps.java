package io.robusttrain.objective;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Training steps of the recorded small network on its recorded images, eight at a time, in float32
 * or float64. Records what each training forward saw.
 */
final class ToySteps implements AutoCloseable {
  static final SafetensorsFixture MODEL = SafetensorsFixture.read(ToyCnn.RESOURCE);
  static final int BATCH = 8;
  static final int IMAGE = 3 * 16 * 16;

  /** The longest sums, those of batch norm and weight gradients, are over B, H, W. */
  static final double SIZE = Perturbation.ofSums(BATCH * 16 * 16);

  final FlatParameters parameters;
  final ToyCnn model;

  /** The pixels of each training forward. */
  final List<double[]> trainedOn = new ArrayList<>();

  /** The weights of each training forward. */
  final List<double[]> weightsSeen = new ArrayList<>();

  private final BatchStatistics statistics;
  private Tensor labels;
  private final ScalarType dtype;
  private final Perturbation perturbation;

  ToySteps(ScalarType dtype, Perturbation perturbation) {
    this.dtype = dtype;
    this.perturbation = perturbation;
    parameters = ToyCnn.parameters(MODEL, dtype);
    perturbation.move(parameters.values(), "weights");
    statistics = new BatchStatistics(ToyCnn.LAYOUT, ComputeDevice.CPU, dtype);
    model = new ToyCnn(parameters);
  }

  /** A step of an objective, with this network or one around it. */
  MicroBatchStep of(Objective objective) {
    return of(objective, model);
  }

  /** A step of an objective, with this network or one around it. */
  MicroBatchStep of(Objective objective, Classifier classifier) {
    Classifier watched =
        (pixels, pass) -> {
          if (pass instanceof ForwardPass.Train) {
            trainedOn.add(Doubles.of(pixels));
            weightsSeen.add(Doubles.of(parameters.values()));
          }
          return perturbation.moveGradients(classifier.forward(pixels, pass), labels);
        };
    return new MicroBatchStep(watched, parameters, statistics, objective);
  }

  /** Runs one step on the recorded images and labels from {@code first} on. */
  StepOutcome run(MicroBatchStep step, int first, float[] noise, int epoch, double radius) {
    int[] recorded = Arrays.copyOfRange(MODEL.ints("y_int32"), first, first + BATCH);
    NoiseSource draws = batch -> images(noise).to(dtype);
    return run(
        step,
        first,
        recorded,
        new MicroBatchContext(
            radius, draws, SeedKey.of(3), 1, new MicroBatchContext.Slot(epoch, 0)));
  }

  /** Runs one step on the recorded images from {@code first} on. */
  StepOutcome run(MicroBatchStep step, int first, int[] classes, MicroBatchContext context) {
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = images(pixels(first)).to(dtype);
      perturbation.move(clean, "pixels");
      labels = Tensors.labels(classes, ComputeDevice.CPU);
      return step.run(Pixels.of(clean.clamp_max(new Scalar(1.0))), labels, context);
    }
  }

  /** The recorded images from {@code first} on. */
  static float[] pixels(int first) {
    return Arrays.copyOfRange(MODEL.floats("x"), first * IMAGE, (first + BATCH) * IMAGE);
  }

  static Tensor images(float[] values) {
    return Tensors.of(values, ComputeDevice.CPU, BATCH, 3, 16, 16);
  }

  /** Gradient descent on all parameters; running statistics are not theirs to move. */
  void descend(double rate) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard inPlace = new NoGradGuard()) {
      int count = ToyCnn.LAYOUT.parameterCount();
      parameters
          .values()
          .narrow(0, 0, count)
          .sub_(parameters.gradients().narrow(0, 0, count), new Scalar(rate));
    }
  }

  /**
   * The loss, the pixels trained on, and all gradients; batch statistics where running ones are.
   */
  Map<String, double[]> results(StepOutcome outcome) {
    Map<String, double[]> results = new TreeMap<>();
    results.put("loss", new double[] {outcome.meanLoss()});
    for (int i = 0; i < trainedOn.size(); i++) {
      results.put("trained-on." + i, trainedOn.get(i));
    }
    for (ParameterSpec spec : ToyCnn.LAYOUT.specs()) {
      results.put(spec.name(), Doubles.of(parameters.gradient(spec.name())));
    }
    return results;
  }

  @Override
  public void close() {
    statistics.close();
    parameters.close();
  }
}
