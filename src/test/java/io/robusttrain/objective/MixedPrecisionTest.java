package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.optim.AdamW;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.oracle.Spread;
import io.robusttrain.tensor.Precision;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.junit.jupiter.api.Test;

/** A small XCiT with bfloat16 forwards beside one in float32. */
@Numeric
class MixedPrecisionTest {
  private static final double RADIUS = 4 / 255.0;
  private static final double LEARNING_RATE = 1e-3;
  private static final int STEPS = 5;

  /** A weight and the product with it are rounded to 8 bits each. */
  private static final double BFLOAT16 = 2 * 0x1p-9;

  private static final Objective FLOAT32 =
      new AdversarialCrossEntropy(0.1, ProjectedGradientDescent.fgsm(RADIUS));

  @Test
  void gradientsPointTheSameWay() {
    try (TinyXcitRun exact = run(FLOAT32);
        TinyXcitRun mixed = run(new MixedPrecision(FLOAT32, Precision.FP32))) {
      float[] noise = noise();
      exact.step(0, RADIUS, noise, 0);
      mixed.step(0, RADIUS, noise, 0);
      assertThat(mixed.trainedOn).as("the attack in float32").isEqualTo(exact.trainedOn);
      assertThat(mixed.losses.get(0))
          .isNotEqualTo(exact.losses.get(0))
          .isCloseTo(exact.losses.get(0), within(2 * spread(1)[0]));
      int parameters = exact.layout.parameterCount();
      assertThat(cosine(exact.gradients, mixed.gradients, 0, parameters)).isGreaterThan(0.999);
      int statistics = exact.layout.start(Segment.STATISTICS);
      assertThat(cosine(exact.gradients, mixed.gradients, statistics, exact.layout.size()))
          .isGreaterThan(0.9999);
      assertThat(torch.is_autocast_enabled(DeviceType.CPU)).isFalse();
    }
  }

  @Test
  void anAttackInBfloat16IsAnotherAttack() {
    try (TinyXcitRun exact = run(FLOAT32);
        TinyXcitRun mixed = run(new MixedPrecision(FLOAT32, Precision.BF16))) {
      float[] noise = noise();
      exact.step(0, RADIUS, noise, 0);
      mixed.step(0, RADIUS, noise, 0);
      int same = 0;
      for (int i = 0; i < exact.trainedOn.length; i++) {
        same += exact.trainedOn[i] == mixed.trainedOn[i] ? 1 : 0;
      }
      assertThat((double) same / exact.trainedOn.length).isBetween(0.9, 0.9999);
    }
  }

  @Test
  void learnsAsFast() {
    List<Double> exact = losses(FLOAT32);
    List<Double> mixed = losses(new MixedPrecision(FLOAT32, Precision.FP32));
    double[] spread = spread(STEPS);
    for (int i = 0; i < exact.size(); i++) {
      assertThat(mixed.get(i)).as("step %d", i).isCloseTo(exact.get(i), within(2 * spread[i]));
    }
    assertThat(mixed.get(mixed.size() - 1)).isLessThan(mixed.get(0));
  }

  /** How much roundings of bfloat16 may change the loss of each step. */
  private static double[] spread(int steps) {
    Map<String, double[]> exact = exactly(steps, Perturbation.NONE);
    Spread spread = Spread.of(exact, Spread.RUNS, BFLOAT16, moved -> exactly(steps, moved));
    return IntStream.range(0, steps).mapToDouble(i -> spread.of("loss " + i)).toArray();
  }

  private static Map<String, double[]> exactly(int steps, Perturbation moved) {
    Map<String, double[]> losses = new HashMap<>();
    try (ExactXcitRun run = new ExactXcitRun(FLOAT32, () -> ExactOptimizer.adamW(0.05), moved)) {
      for (int step = 0; step < steps; step++) {
        run.step(step, RADIUS, noise(), LEARNING_RATE);
        losses.put("loss " + step, new double[] {run.loss()});
      }
    }
    return losses;
  }

  private static List<Double> losses(Objective objective) {
    try (TinyXcitRun run = run(objective)) {
      for (int step = 0; step < STEPS; step++) {
        run.step(step, RADIUS, noise(), LEARNING_RATE);
      }
      return new ArrayList<>(run.losses);
    }
  }

  private static TinyXcitRun run(Objective objective) {
    return new TinyXcitRun(objective, layout -> new AdamW(layout, 0.05), 1);
  }

  private static float[] noise() {
    java.util.Random random = new java.util.Random(SeedKey.of(5).value());
    float[] noise = new float[TinyXcitRun.BATCH * TinyXcitRun.IMAGE];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = 2 * random.nextFloat() - 1;
    }
    return noise;
  }

  private static double cosine(float[] one, float[] other, int from, int to) {
    float[] a = Arrays.copyOfRange(one, from, to);
    float[] b = Arrays.copyOfRange(other, from, to);
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }
}
