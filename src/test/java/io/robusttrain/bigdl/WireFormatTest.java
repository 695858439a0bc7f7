package io.robusttrain.bigdl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.intel.analytics.bigdl.parameters.CompressedTensor;
import com.intel.analytics.bigdl.parameters.SerializerInstance;
import com.intel.analytics.bigdl.utils.Engine$;
import io.robusttrain.engine.FloatSlice;
import io.robusttrain.oracle.Rounding;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums of what travelled in 16 bits, against float64 sums of what was sent. */
class WireFormatTest {
  /** Half the distance of neighbours with 8 significant bits, by the smaller one: one rounding. */
  private static final double HALF = 0x1p-8;

  private static final int PARAMETERS = 900;
  private static final int STATISTICS = 100;
  private static final int SIZE = PARAMETERS + STATISTICS;

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 16, 64, 256})
  void aMeanIsWrongByOneRoundingOfEachSummandHoweverManyWorkersThereAre(int workers) {
    List<float[]> sent = sent(workers);
    float[] mean = mean(sent, WireFormat.BFLOAT16);
    for (int i = 0; i < SIZE; i++) {
      assertThat((double) mean[i])
          .as("element %d of %d workers", i, workers)
          .isCloseTo(exactMean(sent, i), within(bound(sent, i)));
    }
  }

  @Test
  void whatTravelsInFourBytesIsAddedInTheOrderOfTheWorkers() {
    List<float[]> sent = sent(16);
    float[] mean = mean(sent, WireFormat.FLOAT32);
    for (int i = 0; i < SIZE; i++) {
      float sum = sent.get(0)[i];
      for (float[] next : sent.subList(1, sent.size())) {
        sum += next[i];
      }
      assertThat(mean[i]).isEqualTo(sum / 16);
    }
  }

  /** The bound is one that BigDL's sum in 16 bits does not keep, least of all for statistics. */
  @Test
  void bigDlsSumLosesMoreWithEveryWorker() {
    Engine$.MODULE$.setNodeAndCore(1, 1);
    List<float[]> sent = sent(256);
    CompressedTensor<Object> sum = compressed(sent.get(0));
    for (float[] next : sent.subList(1, sent.size())) {
      sum.add(compressed(next).bytes());
    }
    float[] added = new float[SIZE];
    sum.deCompress(FloatTypes.tensor(added));
    for (int i = PARAMETERS; i < SIZE; i++) {
      assertThat(Math.abs(added[i] / 256 - exactMean(sent, i))).isGreaterThan(bound(sent, i));
    }
  }

  @Test
  void roundsToTheNearestAndTiesToEven() {
    float[] sent = {
      1, -1, 0x1.01p0f, 0x1.03p0f, 0x1.010002p0f, -0x1.01p0f, 0f, -0f, Float.MAX_VALUE
    };
    float[] arrived = new float[sent.length];
    travel(sent, WireFormat.BFLOAT16).read(0, FloatSlice.of(arrived));
    assertThat(arrived)
        .containsExactly(1, -1, 1, 0x1.04p0f, 0x1.02p0f, -1, 0f, -0f, Float.POSITIVE_INFINITY);
  }

  @Test
  void whatIsNotFiniteStaysSo() {
    // The last one has bits of a NaN only in the half that is not sent.
    float[] sent = {
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.intBitsToFloat(0x7FFFFFFF),
      Float.intBitsToFloat(0x7F800001)
    };
    for (WireFormat format : WireFormat.values()) {
      float[] arrived = new float[sent.length];
      travel(sent, format).read(0, FloatSlice.of(arrived));
      assertThat(arrived)
          .containsExactly(
              Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, Float.NaN);
    }
  }

  /**
   * Gradients of both signs and of sizes from 1e-6 to 1, whose noise differs from worker to worker,
   * and batch statistics around 1.
   */
  private static List<float[]> sent(int workers) {
    SplittableRandom random = new SplittableRandom(15);
    double[] common = random.doubles(SIZE, -1, 1).toArray();
    double[] exponents = random.doubles(SIZE, -6, 0).toArray();
    List<float[]> all = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      float[] vector = new float[SIZE];
      for (int i = 0; i < SIZE; i++) {
        double noise = random.nextDouble(-0.5, 0.5);
        vector[i] =
            (float)
                (i < PARAMETERS
                    ? (common[i] + noise) * Math.pow(10, exponents[i])
                    : 1 + 0.5 * common[i] + 0.1 * noise);
      }
      all.add(vector);
    }
    return all;
  }

  private static float[] mean(List<float[]> sent, WireFormat format) {
    float[] mean = new float[SIZE];
    travel(sent.get(0), format).read(0, FloatSlice.of(mean));
    for (float[] next : sent.subList(1, sent.size())) {
      // In two parts, as by two threads.
      StampedBlock block = travel(next, format);
      block.add(0, new FloatSlice(mean, 0, 300));
      block.add(300, new FloatSlice(mean, 300, SIZE - 300));
    }
    for (int i = 0; i < SIZE; i++) {
      mean[i] /= sent.size();
    }
    return mean;
  }

  private static StampedBlock travel(float[] vector, WireFormat format) {
    StampedBlock block = StampedBlock.empty(format, vector.length);
    block.write(0, FloatSlice.of(vector));
    return StampedBlock.received(format, block.bytes());
  }

  private static CompressedTensor<Object> compressed(float[] vector) {
    return SerializerInstance.serialize(FloatTypes.tensor(vector), "fp16", FloatTypes.FLOAT);
  }

  private static double exactMean(List<float[]> sent, int element) {
    return sent.stream().mapToDouble(vector -> vector[element]).sum() / sent.size();
  }

  /**
   * Each summand is rounded once to 8 significant bits; float32 rounds once for each addition and
   * for the division, of sums that are no larger than those of the rounded sizes.
   */
  private static double bound(List<float[]> sent, int element) {
    double size =
        sent.stream().mapToDouble(vector -> Math.abs(vector[element])).sum() / sent.size();
    return size * (HALF + sent.size() * Rounding.UNIT * (1 + 2 * HALF));
  }
}
