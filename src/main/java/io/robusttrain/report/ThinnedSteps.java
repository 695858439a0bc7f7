package io.robusttrain.report;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Some of the steps of a run, enough to draw it, however long it is: all of them in a run that has
 * no more than {@link #MOST}; of a longer one, of each of at most 500 equal stretches, its first
 * step and those with the lowest and the highest loss, gradient norm, throughput and wait for data,
 * so that no peak is lost; and the last step. Not thread-safe.
 */
public final class ThinnedSteps {
  private static final int STRETCHES = 500;
  private static final int SHORTEST = 8;

  /** Steps of a run of which none is left out. */
  static final int MOST = STRETCHES * SHORTEST;

  private static final List<ToDoubleFunction<StepMetrics>> FIGURES =
      List.of(
          StepMetrics::loss,
          StepMetrics::gradNorm,
          StepMetrics::imagesPerSecond,
          StepMetrics::dataWaitShare);

  /** Steps that stand for a stretch: its first, and two for each figure. */
  private static final int KEPT = 1 + 2 * FIGURES.size();

  private List<List<StepMetrics>> stretches = new ArrayList<>();
  private long length = SHORTEST;
  private long count;
  private StepMetrics last;

  /** Adds the next step. */
  public void add(StepMetrics step) {
    last = step;
    if (count % length == 0) {
      if (stretches.size() == STRETCHES) {
        // The lengths double, so this step begins a stretch of the new length, too.
        join();
      }
      stretches.add(new ArrayList<>());
    }
    count++;
    List<StepMetrics> stretch = stretches.get(stretches.size() - 1);
    stretch.add(step);
    if (stretch.size() > 4 * KEPT) {
      stretches.set(stretches.size() - 1, thinned(stretch));
    }
  }

  private void join() {
    List<List<StepMetrics>> joined = new ArrayList<>();
    for (int i = 0; i < STRETCHES; i += 2) {
      List<StepMetrics> both = new ArrayList<>(stretches.get(i));
      both.addAll(stretches.get(i + 1));
      joined.add(thinned(both));
    }
    stretches = joined;
    length *= 2;
  }

  private static List<StepMetrics> thinned(List<StepMetrics> steps) {
    if (steps.size() <= KEPT) {
      return steps;
    }
    TreeMap<Long, StepMetrics> kept = new TreeMap<>();
    kept.put(steps.get(0).step(), steps.get(0));
    for (ToDoubleFunction<StepMetrics> figure : FIGURES) {
      StepMetrics low = null;
      StepMetrics high = null;
      for (StepMetrics step : steps) {
        double value = figure.applyAsDouble(step);
        if (Double.isFinite(value)) {
          low = low == null || value < figure.applyAsDouble(low) ? step : low;
          high = high == null || value > figure.applyAsDouble(high) ? step : high;
        }
      }
      if (low != null) {
        kept.put(low.step(), low);
        kept.put(high.step(), high);
      }
    }
    return new ArrayList<>(kept.values());
  }

  /** The steps in their order. */
  public List<StepMetrics> list() {
    List<StepMetrics> all = new ArrayList<>();
    stretches.forEach(stretch -> all.addAll(thinned(stretch)));
    if (count > 0 && all.get(all.size() - 1).step() != last.step()) {
      all.add(last);
    }
    return all;
  }
}
