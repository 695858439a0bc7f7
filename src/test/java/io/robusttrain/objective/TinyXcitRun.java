package io.robusttrain.objective;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.optim.SliceOptimizer;
import io.robusttrain.optim.SliceState;
import io.robusttrain.optim.SliceStates;
import io.robusttrain.optim.StepHyperparameters;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** A training run of the recorded tiny XCiT on the four recorded batches, optimiser in slices. */
final class TinyXcitRun implements TrainingTrajectory {
  static final SafetensorsFixture START =
      SafetensorsFixture.read("golden/training/adamw_xcit_tiny.safetensors");
  static final int BATCH = 8;
  static final int IMAGE = 3 * 32 * 32;

  static final Architecture ARCHITECTURE =
      ModelRegistry.create(
          "xcit_small_12_p4_32",
          ModelOptions.none()
              .with("embed_dim", 16)
              .with("depth", 2)
              .with("num_heads", 2)
              .withNumClasses(10));

  final ParameterLayout layout = ARCHITECTURE.layout();
  final float[] weights = startingWeights();
  final float[] gradients = new float[layout.size()];

  /** The pixels of the last training forward. */
  float[] trainedOn = new float[0];

  /** The loss of every step so far. */
  final List<Double> losses = new ArrayList<>();

  private final FlatParameters parameters = new FlatParameters(layout, ComputeDevice.CPU);
  private final BatchStatistics statistics = new BatchStatistics(layout, ComputeDevice.CPU);
  private final Objective objective;
  private final MicroBatchStep step;
  private final int[] cuts;
  private final List<SliceOptimizer> optimizers = new ArrayList<>();

  /**
   * A run from the recorded start.
   *
   * @param slices how many parts the flat vector is cut into
   */
  TinyXcitRun(
      Objective objective, Function<ParameterLayout, SliceOptimizer> optimizer, int slices) {
    this.objective = objective;
    Classifier model = ARCHITECTURE.bind(parameters);
    Classifier recording =
        (pixels, pass) -> {
          if (pass instanceof ForwardPass.Train) {
            trainedOn = Tensors.toArray(pixels);
          }
          return model.forward(pixels, pass);
        };
    step = new MicroBatchStep(recording, parameters, statistics, objective);
    cuts = new int[slices + 1];
    for (int i = 0; i < slices; i++) {
      optimizers.add(optimizer.apply(layout));
      cuts[i + 1] = (int) ((long) layout.size() * (i + 1) / slices);
    }
  }

  /** The recorded start, in the order of the layout. */
  static float[] startingWeights() {
    ParameterLayout layout = ARCHITECTURE.layout();
    float[] weights = new float[layout.size()];
    for (ParameterSpec spec : layout.specs()) {
      float[] values = START.floats("model." + spec.name());
      System.arraycopy(values, 0, weights, layout.offset(spec.name()), values.length);
    }
    return weights;
  }

  @Override
  public void step(int number, double radius, float[] unitNoise, double rate) {
    parameters.load(weights, 0);
    parameters.zeroGradients();
    try (PointerScope scope = new PointerScope()) {
      NoiseSource noise = batch -> images(unitNoise);
      MicroBatchContext context =
          new MicroBatchContext(radius, noise, SeedKey.of(number), 1, MicroBatchContext.Slot.ALONE);
      losses.add(step.run(Pixels.of(images(number)), labels(number), context).meanLoss());
    }
    parameters.storeGradients(gradients, 0);
    StepHyperparameters hyperparameters =
        StepHyperparameters.of(rate, objective.statisticsUpdates(radius).effectiveMomentum());
    for (int i = 0; i < optimizers.size(); i++) {
      optimizers
          .get(i)
          .step(
              weights,
              cuts[i],
              gradients,
              cuts[i],
              cuts[i + 1] - cuts[i],
              cuts[i],
              hyperparameters);
    }
  }

  /** The images of batch {@code number % 4}. */
  static Tensor images(int number) {
    int first = (number % 4) * BATCH;
    return images(Arrays.copyOfRange(START.floats("x"), first * IMAGE, (first + BATCH) * IMAGE));
  }

  /** The labels of batch {@code number % 4}. */
  static Tensor labels(int number) {
    int first = (number % 4) * BATCH;
    return Tensors.labels(
        Arrays.copyOfRange(START.ints("y"), first, first + BATCH), ComputeDevice.CPU);
  }

  static Tensor images(float[] values) {
    return Tensors.of(values, ComputeDevice.CPU, BATCH, 3, 32, 32);
  }

  /** The optimiser's state over the whole vector. */
  SliceState state() {
    return SliceStates.join(optimizers.stream().map(SliceOptimizer::state).toList());
  }

  @Override
  public double loss() {
    return losses.get(losses.size() - 1);
  }

  @Override
  public double[] trainedOn() {
    return Doubles.of(trainedOn);
  }

  @Override
  public double[] weights() {
    return Doubles.of(weights);
  }

  @Override
  public double[] gradients() {
    return Doubles.of(gradients);
  }

  @Override
  public double[] moment(String name) {
    return Doubles.of(state().moments().get(name));
  }

  @Override
  public void close() {
    statistics.close();
    parameters.close();
  }
}
