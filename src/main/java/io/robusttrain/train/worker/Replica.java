package io.robusttrain.train.worker;

import io.robusttrain.attack.Pixels;
import io.robusttrain.data.load.MicroBatch;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.objective.LaneMemory;
import io.robusttrain.objective.MicroBatchContext;
import io.robusttrain.objective.MicroBatchStep;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StepOutcome;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeThread;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** One copy of the model with its native memory, which it owns. Not thread-safe. */
public final class Replica implements AutoCloseable {
  private final NativeThread thread;
  private final ComputeDevice device;
  private final int imageSize;
  private final FlatParameters parameters;
  private final BatchStatistics statistics;
  private final Classifier classifier;
  private final MicroBatchStep step;
  private final Architecture architecture;
  private final Architecture validated;
  private final Objective objective;

  /** The network that is validated, where that is not the one that is trained. */
  private Optional<Validated> other = Optional.empty();

  /** A network with weights of its own. */
  private record Validated(FlatParameters parameters, Classifier classifier) {}

  Replica(
      Architecture architecture,
      Architecture validated,
      Objective objective,
      ComputeDevice device,
      String threadName) {
    this.architecture = architecture;
    this.validated = validated;
    this.objective = objective;
    this.device = device;
    imageSize = architecture.imageSize();
    thread = new NativeThread(threadName);
    parameters = new FlatParameters(architecture.layout(), device);
    statistics = new BatchStatistics(architecture.layout(), device);
    classifier = architecture.bind(parameters);
    step = new MicroBatchStep(classifier, parameters, statistics, objective);
  }

  /** The thread that must do all of this replica's arithmetic. */
  public NativeThread thread() {
    return thread;
  }

  public FlatParameters parameters() {
    return parameters;
  }

  public Classifier classifier() {
    return classifier;
  }

  /**
   * Loads the weights that are validated.
   *
   * @param vector flat, of the architecture that is validated (P)
   */
  public void loadValidated(float[] vector) {
    if (validated != architecture && other.isEmpty()) {
      FlatParameters own = new FlatParameters(validated.layout(), device);
      other = Optional.of(new Validated(own, validated.bind(own)));
    }
    other.map(Validated::parameters).orElse(parameters).load(vector, 0);
  }

  /** The network that is validated, with the weights that were loaded. */
  public Classifier validated() {
    return other.map(Validated::classifier).orElse(classifier);
  }

  /**
   * What one micro-batch came to.
   *
   * @param outcome of attack and training
   * @param convertNanos wall time from unsigned bytes to tensors
   */
  record Accumulated(StepOutcome outcome, long convertNanos) {}

  /** Attacks a micro-batch and adds its gradient to the replica's. */
  Accumulated accumulate(MicroBatch samples, MicroBatchContext context) {
    try (PointerScope scope = new PointerScope()) {
      long begin = System.nanoTime();
      Pixels pixels = pixels(samples);
      Tensor labels = Tensors.labels(samples.labels(), device);
      long converted = System.nanoTime();
      return new Accumulated(step.run(pixels, labels, context), converted - begin);
    }
  }

  /**
   * As {@link #accumulate}, for the last micro-batch of a step.
   *
   * @param complete is told which parts of the gradient are complete, as {@link
   *     FlatParameters#telling} does
   */
  Accumulated accumulateLast(MicroBatch samples, MicroBatchContext context, IntConsumer complete) {
    return parameters.telling(complete, () -> accumulate(samples, context));
  }

  /**
   * Wall time of a forward and backward pass of random images. Leaves gradients behind.
   *
   * @param objective in place of the replica's own
   */
  public double secondsOf(Objective objective, int images) {
    SeedKey key = SeedKey.of(0).with("timing");
    try (PointerScope scope = new PointerScope();
        MicroBatchStep timed = new MicroBatchStep(classifier, parameters, statistics, objective)) {
      Tensor pixels = Tensors.uniform(key, 0, 1, device, images, 3, imageSize, imageSize);
      Tensor labels = Tensors.labels(new int[images], device);
      long begin = System.nanoTime();
      timed.run(Pixels.of(pixels), labels, MicroBatchContext.of(key, 0, 1));
      return (System.nanoTime() - begin) / 1e9;
    }
  }

  /**
   * Computes a micro-batch again, alone and without its objective's memory of earlier steps, to see
   * where it ceases to be finite. Afterwards the gradients are those of this micro-batch.
   */
  Optional<String> firstFault(MicroBatch samples, MicroBatchContext context) {
    parameters.zeroGradients();
    statistics.clear();
    FirstFault fault = new FirstFault();
    try (PointerScope scope = new PointerScope();
        Classifier traced = architecture.bind(parameters, fault);
        MicroBatchStep again = new MicroBatchStep(traced, parameters, statistics, objective)) {
      Tensor labels = Tensors.labels(samples.labels(), device);
      StepOutcome outcome = again.run(pixels(samples), labels, context);
      return fault.origin(outcome.meanLoss(), parameters);
    }
  }

  private Pixels pixels(MicroBatch samples) {
    return Pixels.of(
        Tensors.pixels(samples.pixels(), device, samples.size(), 3, imageSize, imageSize));
  }

  /**
   * Forgets what is left of earlier steps: the objective's memory, and the batch statistics, which
   * are written by {@code 0 * old + new} and would stay NaN.
   */
  void forget() {
    step.forget();
    statistics.clear();
  }

  /** What the objective remembers of the steps of an epoch, by lane. */
  List<LaneMemory> remembered(long epoch) {
    return step.remembered(epoch);
  }

  /** Lets the objective go on from what it remembered in an epoch. */
  void remember(long epoch, List<LaneMemory> lanes) {
    step.remember(epoch, lanes);
  }

  @Override
  public void close() {
    thread.close();
    step.close();
    other.ifPresent(
        found -> {
          found.classifier().close();
          found.parameters().close();
        });
    classifier.close();
    statistics.close();
    parameters.close();
  }
}
