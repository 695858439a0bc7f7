package io.robusttrain.objective;

import io.robusttrain.attack.Pixels;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@link TinyXcitRun} in float64: the same model and objective, and an optimiser that is written
 * here once more, so that nothing of the run is float32.
 */
final class ExactXcitRun implements TrainingTrajectory {
  private final ParameterLayout layout = TinyXcitRun.ARCHITECTURE.layout();
  private final FlatParameters parameters =
      new FlatParameters(layout, ComputeDevice.CPU, ScalarType.Double);
  private final BatchStatistics statistics =
      new BatchStatistics(layout, ComputeDevice.CPU, ScalarType.Double);
  private final Perturbation perturbation;
  private final Objective objective;
  private final ExactOptimizer optimizer;
  private final MicroBatchStep step;
  private int forwards;
  private double loss;
  private double[] trainedOn = new double[0];

  ExactXcitRun(Objective objective, Supplier<ExactOptimizer> optimizer, Perturbation perturbation) {
    this.objective = objective;
    this.optimizer = optimizer.get();
    this.perturbation = perturbation;
    parameters.load(TinyXcitRun.startingWeights(), 0);
    perturbation.move(parameters.values(), "weights");
    Classifier model = TinyXcitRun.ARCHITECTURE.bind(parameters);
    Classifier moved =
        (pixels, pass) -> {
          if (pass instanceof ForwardPass.Train) {
            trainedOn = Doubles.of(pixels);
          }
          // Each forward rounds on its own: the difference of two logits has the errors of both.
          return perturbation.moved(model.forward(pixels, pass), "logits " + forwards++);
        };
    step = new MicroBatchStep(moved, parameters, statistics, objective);
  }

  @Override
  public void step(int number, double radius, float[] unitNoise, double rate) {
    parameters.zeroGradients();
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = TinyXcitRun.images(number).to(ScalarType.Double);
      perturbation.move(clean, "pixels " + number % 4);
      Tensor noise = TinyXcitRun.images(unitNoise).to(ScalarType.Double);
      MicroBatchContext context =
          new MicroBatchContext(
              radius, batch -> noise, SeedKey.of(number), 1, MicroBatchContext.Slot.ALONE);
      Pixels pixels = Pixels.of(clean.clamp_max(new Scalar(1.0)));
      loss = step.run(pixels, TinyXcitRun.labels(number), context).meanLoss();
      double momentum = objective.statisticsUpdates(radius).effectiveMomentum();
      double[] weights = weights();
      double[] gradients = movedGradients(number);
      optimizer.step(layout, weights, gradients, rate);
      average(weights, gradients, momentum);
      parameters.values().data_ptr_double().put(weights);
    }
  }

  /**
   * A gradient's element is a sum over images, whose terms are as large as the largest element and
   * round each on their own, whatever cancels: that much of it is uncertain.
   */
  private double[] movedGradients(int number) {
    double[] gradients = gradients();
    if (perturbation.number() == 0) {
      return gradients;
    }
    Random signs = new Random(SeedKey.of(perturbation.number()).with(number).value());
    for (ParameterSpec spec : layout.specs()) {
      int from = layout.offset(spec.name());
      int to = from + Math.toIntExact(spec.elements());
      double error = perturbation.size() * Doubles.largest(Arrays.copyOfRange(gradients, from, to));
      for (int i = from; i < to; i++) {
        gradients[i] += signs.nextBoolean() ? error : -error;
      }
    }
    return gradients;
  }

  private void average(double[] weights, double[] batch, double momentum) {
    for (int i = layout.start(Segment.STATISTICS); i < layout.end(Segment.STATISTICS); i++) {
      weights[i] = (1 - momentum) * weights[i] + momentum * batch[i];
    }
  }

  @Override
  public double loss() {
    return loss;
  }

  @Override
  public double[] trainedOn() {
    return trainedOn;
  }

  @Override
  public double[] weights() {
    return Doubles.of(parameters.values());
  }

  @Override
  public double[] gradients() {
    return Doubles.of(parameters.gradients());
  }

  @Override
  public double[] moment(String name) {
    return optimizer.moment(name);
  }

  @Override
  public void close() {
    step.close();
    statistics.close();
    parameters.close();
  }
}
