package io.robusttrain.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.attack.apgd.Apgd;
import io.robusttrain.attack.apgd.ApgdSettings;
import io.robusttrain.attack.apgd.RadiusSchedule;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * L1 on a linear model: the strongest change spends the budget on the largest weights, each pixel
 * as far as the box allows.
 */
@Numeric
class SparseClosedFormTest {
  private static final int IMAGES = 48;
  private static final int VALUES = 3 * 8 * 8;

  /** Of a logit: a sum of 192 products, of sizes that add up to less than 100. */
  private static final double ROUNDING = VALUES * Rounding.UNIT * 100;

  private static final double EPSILON = 1.5;

  @ParameterizedTest
  @EnumSource(RadiusSchedule.class)
  void breaksWhatTheClosedFormBreaks(RadiusSchedule schedule) {
    Arithmetic.start();
    try (PointerScope scope = new PointerScope()) {
      SeedKey key = SeedKey.of(5);
      Tensor weight = Tensors.normal(key.with("w"), 0, 1, ComputeDevice.CPU, 1, VALUES);
      Tensor pixels = Tensors.uniform(key.with("x"), 0, 1, ComputeDevice.CPU, IMAGES, 3, 8, 8);
      float[] w = Tensors.toArray(weight);
      float[] x = Tensors.toArray(pixels);
      LinearModel model = new LinearModel(weight, Tensors.of(new float[1], ComputeDevice.CPU, 1));
      float[] logits = Tensors.toArray(model.forward(pixels, ForwardPass.eval()));
      int[] labels = new int[IMAGES];
      double[] slack = new double[IMAGES];
      for (int i = 0; i < IMAGES; i++) {
        double margin = logits[2 * i + 1];
        labels[i] = margin > 0 ? 1 : 0;
        slack[i] = Math.abs(margin) - strongest(w, x, i * VALUES, margin > 0 ? -1 : 1);
      }
      Victim victim = new Victim(model);
      AttackBatch batch =
          AttackBatch.of(
              victim,
              Pixels.of(pixels),
              Tensors.labels(labels, ComputeDevice.CPU),
              IntStream.range(0, IMAGES).asLongStream().toArray(),
              key);
      ApgdSettings settings = ApgdSettings.of(ThreatModel.l1(EPSILON)).withRadius(schedule);
      AttackOutcome outcome = new Apgd(Apgd.Loss.CE, settings).attack(victim, batch);

      boolean[] broken = outcome.broken();
      int breakable = 0;
      for (int i = 0; i < IMAGES; i++) {
        breakable += slack[i] < 0 ? 1 : 0;
        // The ascent comes within a tenth of a logit of the optimum, never beyond it.
        if (Math.abs(slack[i]) > 0.1) {
          assertThat(broken[i]).as("slack %f", slack[i]).isEqualTo(slack[i] < 0);
        } else if (slack[i] > ROUNDING) {
          assertThat(broken[i]).as("slack %f", slack[i]).isFalse();
        }
      }
      assertThat(breakable).isBetween(IMAGES / 5, 4 * IMAGES / 5);
      for (float size : Tensors.toArray(settings.threat().distances(outcome.pixels(), pixels))) {
        assertThat(size)
            .isLessThan(
                (float) (EPSILON * (1 + VALUES * Rounding.UNIT)) + VALUES * (float) Rounding.UNIT);
      }
    }
  }

  /** The largest change of w x towards a sign, within budget and box. */
  private static double strongest(float[] w, float[] x, int offset, int sign) {
    Integer[] order = IntStream.range(0, VALUES).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparingDouble(i -> -Math.abs(w[i])));
    double budget = EPSILON;
    double change = 0;
    for (int i : order) {
      boolean up = sign * w[i] > 0;
      double room = up ? 1 - x[offset + i] : x[offset + i];
      double spent = Math.min(room, budget);
      change += spent * Math.abs(w[i]);
      budget -= spent;
    }
    return change;
  }
}
