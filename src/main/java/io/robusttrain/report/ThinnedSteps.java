package io.robusttrain.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Some of the steps of a run, evenly spaced, and its last one: enough to draw it, however long it
 * is. All of them in a run that has no more than {@link #MOST}. Not thread-safe.
 */
final class ThinnedSteps {
  /** More than any plot has pixels; even, so that every second one can be left out. */
  static final int MOST = 4000;

  private final List<StepMetrics> steps = new ArrayList<>();
  private long stride = 1;
  private long count;
  private StepMetrics last;

  void add(StepMetrics step) {
    last = step;
    if (count++ % stride != 0) {
      return;
    }
    if (steps.size() == MOST) {
      // This one is number MOST * stride, which the doubled stride divides, too.
      for (int i = 0; i < MOST / 2; i++) {
        steps.set(i, steps.get(2 * i));
      }
      steps.subList(MOST / 2, MOST).clear();
      stride *= 2;
    }
    steps.add(step);
  }

  List<StepMetrics> list() {
    List<StepMetrics> all = new ArrayList<>(steps);
    if (count > 0 && (count - 1) % stride != 0) {
      all.add(last);
    }
    return all;
  }
}
