package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.tensor.Tensors;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.T_TensorTensor_T;
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
   * What a model said to a batch, clean and attacked.
   *
   * @param clean to the images as they are
   * @param attacked to the attacked ones; the same where epsilon is 0
   * @param kept attacked pixels in [0,1] of the samples that were to be kept, (3, H, W) each
   */
  public record Examination(Answers clean, Answers attacked, List<float[]> kept) {
    /** The counts of both. */
    public EvaluationCounts counts() {
      return new EvaluationCounts(clean.counts(), attacked.counts());
    }
  }

  /**
   * Answers to the B images of a batch.
   *
   * @param classes with the largest logit (B)
   * @param confidences probabilities of these classes (B)
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Answers(AccuracyCounts counts, int[] classes, float[] confidences) {}

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
    return examine(model, clean, labels, noise).counts();
  }

  /**
   * As {@link #evaluate}, and keeps what the model said.
   *
   * @param kept indices of samples whose attacked pixels are kept
   */
  public Examination examine(
      Classifier model, Pixels clean, Tensor labels, NoiseSource noise, int... kept) {
    Batches.requireLabels(clean, labels);
    Answers before = answers(model, clean, labels);
    double epsilon = attack.threat().epsilon();
    if (epsilon == 0) {
      return new Examination(before, before, pixels(clean, kept));
    }
    try (PointerScope scope = new PointerScope()) {
      Pixels attacked = attack.perturb(model, ForwardPass.eval(), clean, labels, epsilon, noise);
      return new Examination(before, answers(model, attacked, labels), pixels(attacked, kept));
    }
  }

  private static Answers answers(Classifier model, Pixels pixels, Tensor labels) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard forwardOnly = new NoGradGuard()) {
      Tensor logits = model.forward(pixels.tensor(), ForwardPass.eval());
      // Summed in double, so that the order of samples and batches hardly matters.
      Tensor losses = CrossEntropy.perSample(logits, labels).to(torch.ScalarType.Double);
      AccuracyCounts counts =
          new AccuracyCounts(
              pixels.count(),
              losses.sum().item_double(),
              Batches.correct(logits, labels, 1),
              Batches.correct(logits, labels, 5));
      T_TensorTensor_T largest = logits.softmax(1).max(1);
      float[] indices = Tensors.toArray(largest.get1());
      int[] classes = new int[indices.length];
      for (int i = 0; i < classes.length; i++) {
        classes[i] = (int) indices[i];
      }
      return new Answers(counts, classes, Tensors.toArray(largest.get0()));
    }
  }

  private static List<float[]> pixels(Pixels pixels, int... kept) {
    List<float[]> images = new ArrayList<>();
    for (int index : kept) {
      try (PointerScope scope = new PointerScope()) {
        images.add(Tensors.toArray(pixels.tensor().select(0, index)));
      }
    }
    return images;
  }
}
