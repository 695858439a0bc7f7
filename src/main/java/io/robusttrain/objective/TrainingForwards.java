package io.robusttrain.objective;

import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The training forwards of one micro-batch, in order: each draws its own drop path and adds its
 * share of the batch statistics to the gradient vector. Borrows all its parts.
 */
final class TrainingForwards {
  private final Classifier classifier;
  private final FlatParameters parameters;
  private final BatchStatistics statistics;
  private final StatisticsUpdates updates;
  private final SeedKey dropPathKey;
  private final double weight;
  private int next;

  TrainingForwards(
      Classifier classifier,
      FlatParameters parameters,
      BatchStatistics statistics,
      StatisticsUpdates updates,
      MicroBatchContext context) {
    this(
        classifier,
        parameters,
        statistics,
        updates,
        context.key().with("drop-path"),
        context.weight(),
        0);
  }

  private TrainingForwards(
      Classifier classifier,
      FlatParameters parameters,
      BatchStatistics statistics,
      StatisticsUpdates updates,
      SeedKey dropPathKey,
      double weight,
      int next) {
    this.classifier = classifier;
    this.parameters = parameters;
    this.statistics = statistics;
    this.updates = updates;
    this.dropPathKey = dropPathKey;
    this.weight = weight;
    this.next = next;
  }

  /** The forwards that come next, without weight in the running statistics and not counted here. */
  TrainingForwards trial() {
    return new TrainingForwards(classifier, parameters, statistics, updates, dropPathKey, 0, next);
  }

  /** The logits (B, K) of pixels (B, C, H, W) that a loss is about, in the caller's scope. */
  Tensor forward(Tensor pixels) {
    return run(pixels);
  }

  /** The same for an attack in train mode. */
  Tensor attackForward(Tensor pixels) {
    return run(pixels);
  }

  private Tensor run(Tensor pixels) {
    double coefficient = updates.coefficient(next);
    Tensor logits =
        classifier.forward(pixels, ForwardPass.train(statistics, dropPathKey.with(next)));
    next++;
    accumulate(weight * coefficient);
    return logits;
  }

  private void accumulate(double share) {
    ParameterLayout layout = parameters.layout();
    int start = layout.start(Segment.STATISTICS);
    int length = layout.end(Segment.STATISTICS) - start;
    if (length > 0 && share != 0) {
      try (PointerScope scope = new PointerScope()) {
        parameters.gradients().narrow(0, start, length).add_(statistics.flat(), new Scalar(share));
      }
    }
  }
}
