package io.robusttrain.optim;

import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.Segment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What the optimisers share: the slice, its moments, the running statistics. */
abstract class SegmentedSliceOptimizer implements SliceOptimizer {
  private static final long serialVersionUID = 1L;

  /** Partial sums of a sum of squares: enough to hide the latency of an addition. */
  private static final int LANES = 8;

  private final int size;
  private final UpdateRanges ranges;
  private final List<String> momentNames;

  private float[][] moments = new float[0][];
  private long start = -1;
  private int length;
  private long steps;

  // Present only while slices come with an offset in their arrays.
  private transient float[] stagedWeights;
  private transient float[] stagedGradients;

  SegmentedSliceOptimizer(ParameterLayout layout, UpdateRanges ranges, List<String> momentNames) {
    this.size = layout.size();
    this.ranges = ranges;
    this.momentNames = List.copyOf(momentNames);
  }

  /**
   * Updates a run of parameters that all decay alike. All arrays have the same index for the same
   * element: with a different offset in each, the compiler does not vectorise the loop, which makes
   * it four times slower.
   *
   * @param w weights
   * @param g gradients
   * @param moments in the order of the names
   * @param from the first element
   * @param to one past the last element
   * @param decays 1 if weight decay applies, else 0
   * @param step the number of this step, from 1
   */
  abstract void update(
      float[] w,
      float[] g,
      float[][] moments,
      int from,
      int to,
      int decays,
      long step,
      StepHyperparameters hyperparameters);

  @Override
  public final void step(
      float[] weights,
      int weightOffset,
      float[] gradients,
      int gradientOffset,
      int length,
      long sliceStart,
      StepHyperparameters hyperparameters) {
    Objects.checkFromIndexSize(weightOffset, length, weights.length);
    Objects.checkFromIndexSize(gradientOffset, length, gradients.length);
    requireInside(sliceStart, length);
    claim(sliceStart, length);
    steps++;
    float[] w = weights;
    float[] g = gradients;
    if (weightOffset != 0) {
      stagedWeights = stage(weights, weightOffset, stagedWeights);
      w = stagedWeights;
    }
    if (gradientOffset != 0) {
      stagedGradients = stage(gradients, gradientOffset, stagedGradients);
      g = stagedGradients;
    }
    for (UpdateRanges.Range range : ranges.parameters()) {
      int from = range.from(sliceStart, length);
      int to = range.to(sliceStart, length);
      if (from < to) {
        int decays = range.segment() == Segment.DECAYED ? 1 : 0;
        update(w, g, moments, from, to, decays, steps, hyperparameters.scaled(range.rateScale()));
      }
    }
    for (UpdateRanges.Range range : ranges.statistics()) {
      int from = range.from(sliceStart, length);
      average(w, g, from, range.to(sliceStart, length), hyperparameters.statisticsMomentum());
    }
    if (weightOffset != 0) {
      System.arraycopy(w, 0, weights, weightOffset, length);
    }
  }

  /** The slice at index 0 of an array that is kept for the next step. */
  private float[] stage(float[] source, int offset, float[] kept) {
    float[] staged = kept == null ? new float[length] : kept;
    System.arraycopy(source, offset, staged, 0, length);
    return staged;
  }

  @Override
  public final List<String> momentNames() {
    return momentNames;
  }

  @Override
  public final SliceState state() {
    if (start < 0) {
      throw new IllegalStateException("the optimiser has no state before its first step");
    }
    Map<String, float[]> copies = new LinkedHashMap<>();
    for (int i = 0; i < moments.length; i++) {
      copies.put(momentNames.get(i), moments[i].clone());
    }
    return new SliceState(start, length, steps, copies);
  }

  @Override
  public final void restore(SliceState state) {
    if (!state.moments().keySet().equals(java.util.Set.copyOf(momentNames))) {
      throw new IllegalArgumentException(
          "the state of this optimiser is %s, the saved one holds %s: continue with the optimiser that wrote it"
              .formatted(momentNames, state.moments().keySet()));
    }
    requireInside(state.start(), state.length());
    float[][] restored = new float[momentNames.size()][];
    for (int i = 0; i < restored.length; i++) {
      restored[i] = state.moments().get(momentNames.get(i)).clone();
    }
    moments = restored;
    start = state.start();
    length = state.length();
    stagedWeights = null;
    stagedGradients = null;
    steps = state.steps();
  }

  @Override
  public final double sumOfSquares(
      float[] gradients, int gradientOffset, int length, long sliceStart) {
    Objects.checkFromIndexSize(gradientOffset, length, gradients.length);
    requireInside(sliceStart, length);
    double sum = 0;
    for (UpdateRanges.Range range : ranges.trained()) {
      sum +=
          sumOfSquares(
              gradients,
              gradientOffset + range.from(sliceStart, length),
              gradientOffset + range.to(sliceStart, length));
    }
    return sum;
  }

  private static double sumOfSquares(float[] gradients, int from, int end) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    double e = 0;
    double f = 0;
    double g = 0;
    double h = 0;
    int i = from;
    for (; i <= end - LANES; i += LANES) {
      a += square(gradients[i]);
      b += square(gradients[i + 1]);
      c += square(gradients[i + 2]);
      d += square(gradients[i + 3]);
      e += square(gradients[i + 4]);
      f += square(gradients[i + 5]);
      g += square(gradients[i + 6]);
      h += square(gradients[i + 7]);
    }
    for (; i < end; i++) {
      a += square(gradients[i]);
    }
    return ((a + b) + (c + d)) + ((e + f) + (g + h));
  }

  private static double square(double value) {
    return value * value;
  }

  private void requireInside(long sliceStart, int length) {
    if (sliceStart < 0 || sliceStart + length > size) {
      throw new IllegalArgumentException(
          "slice [%d, %d) is not inside the flat vector of %d elements"
              .formatted(sliceStart, sliceStart + length, size));
    }
  }

  private void claim(long sliceStart, int length) {
    if (start < 0) {
      moments = new float[momentNames.size()][length];
      start = sliceStart;
      this.length = length;
    } else if (start != sliceStart || this.length != length) {
      throw new IllegalStateException(
          "the optimiser's state is of slice [%d, %d), the step of [%d, %d)"
              .formatted(start, start + this.length, sliceStart, sliceStart + length));
    }
  }

  private static void average(float[] running, float[] batch, int from, int to, double momentum) {
    float keep = (float) (1 - momentum);
    float take = (float) momentum;
    for (int i = from; i < to; i++) {
      running[i] = keep * running[i] + take * batch[i];
    }
  }
}
