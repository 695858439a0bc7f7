package io.robusttrain.analysis;

import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.tensor.Tensors;
import java.io.Serializable;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Projected gradient descent whose loss is read on the way: the cross entropy of each image at some
 * of the points that the attack passes through.
 *
 * @param descent the attack
 * @param readings numbers of steps after which the loss is read, ascending, 0 ... {@code
 *     descent.steps()}; 0 is the start
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record MeasuredDescent(ProjectedGradientDescent descent, int[] readings) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** A descent that is read at its end alone. */
  static MeasuredDescent atTheEnd(ProjectedGradientDescent descent) {
    return new MeasuredDescent(descent, new int[] {descent.steps()});
  }

  /** A descent that is read at its start and after each step. */
  static MeasuredDescent everywhere(ProjectedGradientDescent descent) {
    int[] readings = new int[descent.steps() + 1];
    Arrays.setAll(readings, step -> step);
    return new MeasuredDescent(descent, readings);
  }

  /**
   * What was read.
   *
   * @param losses of each image at each reading (B, R)
   * @param logits of the points at the end, (B, K), in the caller's {@code PointerScope}
   * @param pixels these points, (B, C, H, W), in the caller's {@code PointerScope}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Measured(double[][] losses, Tensor logits, Pixels pixels) {}

  /**
   * Attacks a batch.
   *
   * @param clean pixels (B, C, H, W)
   * @param labels int64 (B)
   * @param noise of the start, as {@link ProjectedGradientDescent#perturb} takes it
   */
  Measured on(Victim victim, Pixels clean, Tensor labels, NoiseSource noise) {
    double[][] losses = new double[clean.count()][readings.length];
    int[] step = new int[1];
    UnaryOperator<Tensor> loss =
        pixels -> {
          Tensor logits = victim.forward(pixels);
          read(losses, step[0], logits.detach(), labels);
          step[0]++;
          return CrossEntropy.sum(logits, labels);
        };
    Pixels moved =
        descent.climb(
            loss, clean, descent.threat().epsilon(), noise, MeasuredDescent::requireFinite);
    victim.countBackward((long) descent.steps() * clean.count());
    Tensor logits = victim.logits(moved.tensor());
    read(losses, descent.steps(), logits, labels);
    return new Measured(losses, logits, moved);
  }

  /**
   * Refuses a gradient that is not finite: its pixels would stand still, and the attack would count
   * as one that finds nothing.
   *
   * @throws IllegalStateException if it is not
   */
  static void requireFinite(Tensor gradient) {
    requireFinite(gradient, "gradient");
  }

  private static void requireFinite(Tensor values, String name) {
    try (PointerScope scope = new PointerScope()) {
      Tensor bad = values.isfinite().logical_not();
      if (bad.any().item_bool()) {
        long images = bad.flatten(1, -1).any(1, false).sum().item_long();
        throw new IllegalStateException(
            "the %s of %d of %d images is not finite on the way of the attack: the weights are damaged, or an activation of the network overflows"
                .formatted(name, images, values.size(0)));
      }
    }
  }

  private void read(double[][] losses, int step, Tensor logits, Tensor labels) {
    int reading = Arrays.binarySearch(readings, step);
    if (reading >= 0) {
      try (PointerScope scope = new PointerScope()) {
        Tensor perSample = CrossEntropy.perSample(logits, labels);
        requireFinite(perSample.unsqueeze(1), "loss");
        double[] values = Tensors.toDoubles(perSample);
        for (int image = 0; image < values.length; image++) {
          losses[image][reading] = values[image];
        }
      }
    }
  }
}
