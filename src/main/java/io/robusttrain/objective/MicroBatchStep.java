package io.robusttrain.objective;

import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.Pixels;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.objective.AdversarialCrossEntropy.CleanForward;
import io.robusttrain.tensor.FlatParameters;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Adds one micro-batch to a replica's gradient vector: attack, forward, backward.
 *
 * <p>The parameters' part of the vector receives {@code weight} times the gradient of the mean
 * loss; the part of {@link io.robusttrain.tensor.Segment#STATISTICS} receives {@code weight} times
 * the batch statistics, combined as {@link StatisticsUpdates} says. The values do not change. All
 * native temporaries are released before {@link #run} returns.
 *
 * <p>Borrows all its parts. Not thread-safe; replicas run in threads of their own.
 */
public final class MicroBatchStep {
  private final Classifier classifier;
  private final FlatParameters parameters;
  private final BatchStatistics statistics;
  private final Objective objective;

  /**
   * A step of a replica.
   *
   * @param classifier bound to {@code parameters}
   * @param parameters whose gradients accumulate
   * @param statistics scratch space for the layout of {@code parameters}
   * @param objective what is minimised
   */
  public MicroBatchStep(
      Classifier classifier,
      FlatParameters parameters,
      BatchStatistics statistics,
      Objective objective) {
    this.classifier = classifier;
    this.parameters = parameters;
    this.statistics = statistics;
    this.objective = objective;
  }

  /**
   * Runs one micro-batch.
   *
   * @param clean pixels (B, C, H, W)
   * @param labels int64 (B)
   * @param context radius, randomness and weight
   * @throws IllegalArgumentException if there is not one label for each image
   */
  public StepOutcome run(Pixels clean, Tensor labels, MicroBatchContext context) {
    Batches.requireLabels(clean, labels);
    TrainingForwards forwards =
        new TrainingForwards(
            classifier,
            parameters,
            statistics,
            objective.statisticsUpdates(context.radius()),
            context);
    try (PointerScope scope = new PointerScope()) {
      long begin = System.nanoTime();
      Pixels input = input(clean, labels, context, forwards);
      long attacked = System.nanoTime();
      cleanForward(clean, forwards);
      Tensor logits = forwards.forward(input.tensor());
      Tensor loss = CrossEntropy.mean(logits, labels, objective.labelSmoothing());
      loss.mul(new Scalar(context.weight())).backward();
      int correct = Batches.correct(logits, labels, 1);
      double meanLoss = loss.item_double();
      return new StepOutcome(
          meanLoss, correct, clean.count(), attacked - begin, System.nanoTime() - attacked);
    }
  }

  private Pixels input(
      Pixels clean, Tensor labels, MicroBatchContext context, TrainingForwards forwards) {
    if (objective instanceof AdversarialCrossEntropy adversarial) {
      return switch (adversarial.attackMode()) {
        case EVAL ->
            adversarial
                .attack()
                .perturb(
                    classifier,
                    ForwardPass.eval(),
                    clean,
                    labels,
                    context.radius(),
                    context.noise());
        case TRAIN ->
            adversarial
                .attack()
                .perturb(forwards::forward, clean, labels, context.radius(), context.noise());
      };
    }
    return clean;
  }

  private void cleanForward(Pixels clean, TrainingForwards forwards) {
    if (objective instanceof AdversarialCrossEntropy adversarial
        && adversarial.cleanForward() == CleanForward.UPDATES_STATISTICS) {
      try (PointerScope scope = new PointerScope();
          NoGradGuard forwardOnly = new NoGradGuard()) {
        forwards.forward(clean.tensor());
      }
    }
  }
}
