package io.robusttrain.objective;

import io.robusttrain.attack.Pixels;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Precision;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
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
 * <p>Borrows its parts; owns what its objective remembers from step to step, and the objective's
 * frozen model, until {@link #close()}. Not thread-safe; replicas run in threads of their own.
 */
public final class MicroBatchStep implements AutoCloseable {
  private final Classifier classifier;
  private final FlatParameters parameters;
  private final BatchStatistics statistics;
  private final Objective objective;
  private final SlotMemory memory = new SlotMemory();
  private final Optional<Classifier> frozen;

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
    this.frozen = objective.frozenModel().map(model -> model.open(parameters.device()));
  }

  /** Runs one micro-batch of images of one class each: labels int64 (B). */
  public StepOutcome run(Pixels clean, Tensor labels, MicroBatchContext context) {
    return run(clean, Targets.of(labels), context);
  }

  /**
   * Runs one micro-batch.
   *
   * @param clean pixels (B, C, H, W)
   * @param targets what they show
   * @param context radius, randomness and weight
   * @throws IllegalArgumentException if there is not one target for each image
   */
  public StepOutcome run(Pixels clean, Targets targets, MicroBatchContext context) {
    Batches.requireLabels(clean, targets.labels());
    Objective now = context.reinforced() ? objective.reinforced() : objective;
    StatisticsUpdates updates = now.statisticsUpdates(context.radius());
    TrainingForwards forwards =
        new TrainingForwards(classifier, parameters, statistics, updates, context);
    StepModel model =
        new StepModel(
            classifier,
            parameters,
            forwards,
            frozen,
            Precision.FP32,
            Precision.FP32,
            Optional.empty());
    try (PointerScope scope = new PointerScope()) {
      long begin = System.nanoTime();
      StepContext step = now.prepare(new StepContext(clean, targets, context, memory, model));
      Pixels attacked = parameters.constantDuring(() -> now.attack(step));
      long trained = System.nanoTime();
      StepLoss loss = now.loss(step, attacked);
      try {
        parameters.backward(loss.loss().mul(new Scalar(context.weight())));
      } finally {
        loss.afterBackward().run();
      }
      int correct = Batches.correct(loss.logits(), step.targets().labels(), 1);
      double meanLoss = loss.loss().item_double();
      return new StepOutcome(
          meanLoss, correct, clean.count(), trained - begin, System.nanoTime() - trained);
    }
  }

  /** Releases what was remembered between steps; the next step begins as if it were the first. */
  public void forget() {
    memory.close();
  }

  /** Copies of what was remembered in an epoch, by lane. */
  public List<LaneMemory> remembered(long epoch) {
    return memory.save(epoch);
  }

  /** Remembers what another step of the same lanes did. */
  public void remember(long epoch, List<LaneMemory> lanes) {
    memory.restore(epoch, lanes, parameters.device());
  }

  /** Releases what was remembered between steps, and the objective's frozen model. */
  @Override
  public void close() {
    memory.close();
    frozen.ifPresent(Classifier::close);
  }
}
