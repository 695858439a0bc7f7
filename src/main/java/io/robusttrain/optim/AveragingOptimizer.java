package io.robusttrain.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An optimiser that keeps averages of its slice's weights beside its moments: parameters and
 * running statistics alike. The averages are part of its {@link SliceState}, so checkpoints hold
 * them and another number of executors can continue them. They never influence the weights.
 *
 * <p>Updates are element by element, as of every {@link SliceOptimizer}. Not thread-safe.
 */
public final class AveragingOptimizer implements SliceOptimizer {
  private static final long serialVersionUID = 1L;

  private final SliceOptimizer optimizer;
  private final List<WeightAverage> rules;

  private float[][] averages = new float[0][];
  // Of the run, those that were left out included.
  private long steps;

  /**
   * Adds averages to an optimiser.
   *
   * @param optimizer without state; owned by the new one
   * @param rules with different names
   */
  public AveragingOptimizer(SliceOptimizer optimizer, List<WeightAverage> rules) {
    this.optimizer = optimizer;
    this.rules = List.copyOf(rules);
    if (this.rules.isEmpty()
        || this.rules.stream().map(WeightAverage::name).distinct().count() != this.rules.size()) {
      throw new IllegalArgumentException("averages must have names of their own: " + rules);
    }
  }

  @Override
  public void step(
      float[] weights,
      int weightOffset,
      float[] gradients,
      int gradientOffset,
      int length,
      long sliceStart,
      StepHyperparameters hyperparameters) {
    optimizer.step(
        weights, weightOffset, gradients, gradientOffset, length, sliceStart, hyperparameters);
    if (averages.length == 0) {
      averages = new float[rules.size()][length];
    }
    take(weights, weightOffset);
  }

  @Override
  public void skip(float[] weights, int weightOffset) {
    optimizer.skip(weights, weightOffset);
    take(weights, weightOffset);
  }

  @Override
  public void continueAt(long runSteps) {
    steps = runSteps;
  }

  private void take(float[] weights, int weightOffset) {
    steps++;
    for (int i = 0; i < averages.length; i++) {
      double share = rules.get(i).share(steps);
      if (share > 0) {
        blend(averages[i], weights, weightOffset, share);
      }
    }
  }

  /** As {@code torch.lerp}, whose two forms are exact at both ends. */
  private static void blend(float[] average, float[] weights, int offset, double share) {
    float take = (float) share;
    float keep = (float) (1 - share);
    if (share < 0.5) {
      for (int i = 0; i < average.length; i++) {
        average[i] += take * (weights[offset + i] - average[i]);
      }
    } else {
      for (int i = 0; i < average.length; i++) {
        float weight = weights[offset + i];
        average[i] = weight - (weight - average[i]) * keep;
      }
    }
  }

  @Override
  public List<String> momentNames() {
    List<String> names = new ArrayList<>(optimizer.momentNames());
    rules.forEach(rule -> names.add(rule.name()));
    return List.copyOf(names);
  }

  @Override
  public List<String> averageNames() {
    return rules.stream().filter(rule -> rule.begun(steps)).map(WeightAverage::name).toList();
  }

  @Override
  public float[] average(String name) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).name().equals(name) && rules.get(i).begun(steps)) {
        return averages[i].clone();
      }
    }
    throw new IllegalStateException(
        "there is no average %s after %d steps, only %s".formatted(name, steps, averageNames()));
  }

  @Override
  public SliceState state() {
    SliceState own = optimizer.state();
    Map<String, float[]> all = new TreeMap<>(own.moments());
    for (int i = 0; i < rules.size(); i++) {
      all.put(rules.get(i).name(), averages[i].clone());
    }
    return new SliceState(own.start(), own.length(), own.steps(), all);
  }

  @Override
  public void restore(SliceState state) {
    Map<String, float[]> others = new TreeMap<>(state.moments());
    float[][] restored = new float[rules.size()][];
    for (int i = 0; i < restored.length; i++) {
      String name = rules.get(i).name();
      float[] saved = others.remove(name);
      if (saved == null) {
        throw new IllegalArgumentException(
            "the saved state has no average %s, only %s: continue with the averages that the run began with"
                .formatted(name, state.moments().keySet()));
      }
      restored[i] = saved.clone();
    }
    optimizer.restore(new SliceState(state.start(), state.length(), state.steps(), others));
    averages = restored;
    steps = state.steps();
  }

  @Override
  public double sumOfSquares(float[] gradients, int gradientOffset, int length, long sliceStart) {
    return optimizer.sumOfSquares(gradients, gradientOffset, length, sliceStart);
  }
}
