package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import java.io.Serializable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Clean and adversarial accuracy of a batch in eval mode, at the attack's full epsilon. The model's
 * parameters and gradients do not change; forwards of which no gradient is needed record none.
 * Thread-safe.
 *
 * @param attack run on every sample, correctly classified or not; with epsilon 0 the clean counts
 *     stand for the adversarial ones
 */
@Immutable
public record Evaluation(ProjectedGradientDescent attack) implements Serializable {
  /**
   * Evaluates one batch.
   *
   * @param model the model
   * @param clean pixels (B, C, H, W)
   * @param labels int64 (B)
   * @param noise starts of the attack; {@link NoiseSource#perSample} makes them independent of how
   *     samples are batched
   * @throws IllegalArgumentException if there is not one label for each image
   */
  public EvaluationCounts evaluate(
      Classifier model, Pixels clean, Tensor labels, NoiseSource noise) {
    Batches.requireLabels(clean, labels);
    AccuracyCounts cleanCounts = count(model, clean, labels);
    double epsilon = attack.threat().epsilon();
    if (epsilon == 0) {
      return new EvaluationCounts(cleanCounts, cleanCounts);
    }
    try (PointerScope scope = new PointerScope()) {
      Pixels attacked = attack.perturb(model, ForwardPass.eval(), clean, labels, epsilon, noise);
      return new EvaluationCounts(cleanCounts, count(model, attacked, labels));
    }
  }

  private static AccuracyCounts count(Classifier model, Pixels pixels, Tensor labels) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard forwardOnly = new NoGradGuard()) {
      Tensor logits = model.forward(pixels.tensor(), ForwardPass.eval());
      // Summed in double, so that the order of samples and batches hardly matters.
      Tensor losses = CrossEntropy.perSample(logits, labels).to(torch.ScalarType.Double);
      return new AccuracyCounts(
          pixels.count(),
          losses.sum().item_double(),
          Batches.correct(logits, labels, 1),
          Batches.correct(logits, labels, 5));
    }
  }
}
