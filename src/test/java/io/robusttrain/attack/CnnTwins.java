package io.robusttrain.attack;

import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.FlatParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The small network in float64, and copies of it that are wrong by what float32 may be wrong by. A
 * float32 run, on whatever processor, is one more such copy: where all copies agree it has to agree
 * with them, and where they part it stood at a tie.
 *
 * <p>A sum of n products computed in float32, in whatever order, is the exact sum with each product
 * changed by a factor {@code 1 + d}. In the worst case {@code |d| <= n u}, u being {@link
 * Rounding#UNIT}; with roundings of mean 0 {@code |d| <= l sqrt(n) u} but for a chance of {@code 2
 * exp(-l^2 / 2)} (Higham and Mary, "A new approach to probabilistic rounding error analysis",
 * 2019). Each copy changes every weight by that factor with l = 2, up or down at random, n being
 * the longest sum that the weight takes part in, forwards or backwards. All at their bound at once,
 * the products make the answers of the copies lie five times as far from the exact ones as those of
 * real float32 passes do, which {@code CnnTwinsTest} keeps. Float64 makes the copies the same
 * everywhere.
 */
public final class CnnTwins implements AutoCloseable {
  private static final double SPREAD = 2;

  /** The longest sum of each weight: the taps of a filter times the channels of either side. */
  private static final Map<String, Integer> SUMS =
      Map.of(
          "conv1.weight", 12 * 9,
          "conv2.weight", 24 * 9,
          "conv3.weight", 32 * 9,
          "fc.weight", 512);

  /** Of all other parameters: a product and a sum each, and the root in a batch norm. */
  private static final int SHORT = 4;

  private final List<FlatParameters> parameters = new ArrayList<>();
  private final List<ToyCnn> twins = new ArrayList<>();

  /** The exact network and some copies. */
  public CnnTwins(SafetensorsFixture fixture, int copies) {
    for (int copy = 0; copy <= copies; copy++) {
      SplittableRandom random = new SplittableRandom(copy);
      FlatParameters own = ToyCnn.parameters(fixture, ScalarType.Double);
      if (copy > 0) {
        disturb(own, random);
      }
      parameters.add(own);
      twins.add(new ToyCnn(own));
    }
  }

  private static void disturb(FlatParameters parameters, SplittableRandom random) {
    try (PointerScope scope = new PointerScope()) {
      for (var spec : ToyCnn.LAYOUT.specs()) {
        double size = SPREAD * Math.sqrt(SUMS.getOrDefault(spec.name(), SHORT)) * Rounding.UNIT;
        Tensor value = parameters.value(spec.name()).detach();
        double[] changes = signs(random, size, Math.toIntExact(value.numel()));
        value.add_(value.mul(Doubles.tensor(changes, value.sizes().vec().get())));
      }
    }
  }

  private static double[] signs(SplittableRandom random, double size, int count) {
    return IntStream.range(0, count)
        .mapToDouble(i -> random.nextBoolean() ? size : -size)
        .toArray();
  }

  /** The network in float64. */
  ToyCnn exact() {
    return twins.get(0);
  }

  /** What each network answers, the exact one first. */
  public <T> List<T> each(Function<ToyCnn, T> question) {
    return twins.stream().map(question).toList();
  }

  /**
   * The largest difference of some answers from the first, within each of {@code parts} equal
   * parts: with an answer for each image, how far rounding may move it.
   */
  public static double[] spread(List<double[]> answers, int parts) {
    double[] exact = answers.get(0);
    double[] spread = new double[parts];
    for (double[] answer : answers) {
      for (int i = 0; i < exact.length; i++) {
        int part = (int) ((long) i * parts / exact.length);
        spread[part] = Math.max(spread[part], Math.abs(answer[i] - exact[i]));
      }
    }
    return spread;
  }

  @Override
  public void close() {
    parameters.forEach(FlatParameters::close);
  }
}
