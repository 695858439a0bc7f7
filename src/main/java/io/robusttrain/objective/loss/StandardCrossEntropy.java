package io.robusttrain.objective.loss;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StatisticsUpdates;
import io.robusttrain.objective.StepContext;
import io.robusttrain.objective.StepLoss;
import org.bytedeco.pytorch.Tensor;

/**
 * The loss of clean images: {@code (1/B) sum_i CE(f(x_i), y_i)}.
 *
 * @param criterion CE
 */
@Immutable
public record StandardCrossEntropy(Criterion criterion) implements Objective {
  /** Cross entropy with label smoothing in [0,1). */
  public StandardCrossEntropy(double smoothing) {
    this(new Criterion(smoothing));
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    return new StatisticsUpdates(1);
  }

  @Override
  public StepLoss loss(StepContext step, Pixels clean) {
    Tensor logits = step.forward(clean.tensor());
    return new StepLoss(criterion.mean(logits, step.targets()), logits);
  }
}
