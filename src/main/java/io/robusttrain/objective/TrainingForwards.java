package io.robusttrain.objective;

import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import java.util.function.UnaryOperator;
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
  private final MicroBatchContext context;
  private double weight;
  private int next;

  TrainingForwards(
      Classifier classifier,
      FlatParameters parameters,
      BatchStatistics statistics,
      StatisticsUpdates updates,
      MicroBatchContext context) {
    this.classifier = classifier;
    this.parameters = parameters;
    this.statistics = statistics;
    this.updates = updates;
    this.context = context;
    this.weight = context.weight();
  }

  /** The forwards that come next, without weight in the running statistics and not counted here. */
  TrainingForwards trial() {
    TrainingForwards trial =
        new TrainingForwards(classifier, parameters, statistics, updates, context);
    trial.weight = 0;
    trial.next = next;
    return trial;
  }

  /**
   * The logits (B, K) of pixels (B, C, H, W), in the caller's {@code PointerScope}.
   *
   * @param change what is particular about this micro-batch's passes
   */
  Tensor forward(Tensor pixels, UnaryOperator<ForwardPass> change) {
    double coefficient = updates.coefficient(next);
    SeedKey dropPath = context.key().with("drop-path").with(next);
    Tensor logits =
        classifier.forward(pixels, change.apply(ForwardPass.train(statistics, dropPath)));
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
