package io.robusttrain.refine;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightedMeanTest {
  private static float[] mean(double[] weights, float[]... vectors) {
    WeightedMean mean = new WeightedMean(vectors[0].length);
    for (int i = 0; i < vectors.length; i++) {
      mean.add(vectors[i], weights[i]);
    }
    return mean.mean();
  }

  @Test
  void onlyTheSharesOfWeightsCount() {
    float[] a = {1, -8, 0.5f};
    float[] b = {5, 0, 0.25f};
    assertThat(mean(new double[] {1, 1}, a, b)).containsExactly(3, -4, 0.375f);
    assertThat(mean(new double[] {3, 1}, a, b)).containsExactly(2, -6, 0.4375f);
    assertThat(mean(new double[] {0.75, 0.25}, a, b)).containsExactly(2, -6, 0.4375f);
  }

  @Test
  void oneVectorIsItsOwnMean() {
    float[] a = {1.1f, -3e-39f, Float.MAX_VALUE};
    assertThat(mean(new double[] {7}, a)).containsExactly(a);
  }

  /** In float32 the one would be lost beside the hundred millions. */
  @Test
  void sumsAreTakenInFloat64() {
    assertThat(
            mean(new double[] {1, 1, 1}, new float[] {1e8f}, new float[] {1}, new float[] {-1e8f}))
        .containsExactly(1 / 3f);
  }

  /** The exact mean, rounded once. Of magnitudes this close float64 sums exactly. */
  @Test
  void aMeanIsRoundedOnce() {
    Random random = new Random(5);
    float[][] vectors = new float[7][100];
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = 1 + random.nextFloat();
      }
    }
    float[] mean = mean(new double[] {1, 1, 1, 1, 1, 1, 1}, vectors);
    for (int i = 0; i < mean.length; i++) {
      BigDecimal sum = BigDecimal.ZERO;
      for (float[] vector : vectors) {
        sum = sum.add(new BigDecimal(vector[i]));
      }
      assertThat(mean[i])
          .isEqualTo(sum.divide(BigDecimal.valueOf(7), MathContext.DECIMAL128).floatValue());
    }
  }
}
