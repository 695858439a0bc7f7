package io.robusttrain.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Learning rates by tensor, and tensors that stay as they are. */
@Numeric
class UpdateRangesTest {
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          List.of(
              ParameterSpec.parameter("stem.weight", 3, 4),
              ParameterSpec.parameter("stem.bias", 3),
              ParameterSpec.parameter("bn.weight", 5),
              ParameterSpec.statistic("bn.running_mean", 5),
              ParameterSpec.parameter("head.weight", 2, 7),
              ParameterSpec.parameter("head.bias", 2),
              ParameterSpec.statistic("last.running_mean", 4)));
  private static final int SIZE = LAYOUT.size();
  private static final Map<String, Double> SCALES =
      Map.of("stem.weight", 0.25, "stem.bias", 0.25, "bn.weight", 0.5);

  enum Kind {
    ADAMW,
    SGD;

    SliceOptimizer create(UpdateRanges ranges) {
      return switch (this) {
        case ADAMW -> new AdamW(LAYOUT, ranges, 0.9, 0.999, 1e-8, 0.5);
        case SGD -> new Sgd(LAYOUT, ranges, Sgd.Momentum.NESTEROV, 0.9, 0.5);
      };
    }
  }

  @Test
  void withoutFactorsTheVectorIsThreeRanges() {
    UpdateRanges whole = UpdateRanges.whole(LAYOUT);
    assertThat(whole.parameters())
        .containsExactly(
            new UpdateRanges.Range(0, 26, Segment.DECAYED, 1),
            new UpdateRanges.Range(26, 36, Segment.UNDECAYED, 1));
    assertThat(whole.statistics())
        .containsExactly(new UpdateRanges.Range(36, 45, Segment.STATISTICS, 1));
    assertThat(whole.trained()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void aTensorMovesAsIfTheStepsRateWereItsOwn(Kind kind) {
    float[] scaled = trained(kind.create(scales()), 1, SIZE);
    for (ParameterSpec spec : LAYOUT.specs()) {
      double scale = SCALES.getOrDefault(spec.name(), 1.0);
      float[] alone = trained(kind.create(UpdateRanges.whole(LAYOUT)), scale, SIZE);
      assertThat(part(scaled, spec)).as(spec.name()).isEqualTo(part(alone, spec));
    }
    assertThat(trained(kind, scales(), 7)).isEqualTo(scaled);
    assertThat(trained(kind, scales(), 16)).isEqualTo(scaled);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsFrozenDoesNotMove(Kind kind) {
    UpdateRanges ranges =
        UpdateRanges.of(LAYOUT, name -> name.startsWith("stem") || name.startsWith("bn") ? 0 : 1);
    SliceOptimizer optimizer = kind.create(ranges);
    float[] weights = trained(optimizer, 1, SIZE);
    float[] whole = trained(kind.create(UpdateRanges.whole(LAYOUT)), 1, SIZE);
    for (ParameterSpec spec : LAYOUT.specs()) {
      boolean frozen = spec.name().startsWith("stem") || spec.name().startsWith("bn");
      assertThat(part(weights, spec))
          .as(spec.name())
          .isEqualTo(part(frozen ? start() : whole, spec));
      optimizer
          .state()
          .moments()
          .forEach(
              (name, moment) -> {
                if (frozen) {
                  assertThat(part(moment, spec)).as(name).containsOnly(0f);
                }
              });
    }
    assertThat(trained(kind, ranges, 11)).isEqualTo(weights);
  }

  @Test
  void theNormIsThatOfTheTrainedParameters() {
    UpdateRanges ranges = UpdateRanges.of(LAYOUT, name -> name.startsWith("bn") ? 0 : 0.5);
    float[] gradients = gradients(3);
    double expected = 0;
    for (ParameterSpec spec : LAYOUT.specs()) {
      if (spec.segment() != Segment.STATISTICS && !spec.name().startsWith("bn")) {
        for (float gradient : part(gradients, spec)) {
          expected += (double) gradient * gradient;
        }
      }
    }
    SliceOptimizer optimizer = Kind.ADAMW.create(ranges);
    double sum =
        optimizer.sumOfSquares(gradients, 0, 29, 0)
            + optimizer.sumOfSquares(gradients, 29, SIZE - 29, 29);
    assertThat(sum).isCloseTo(expected, within(SIZE * 0x1p-53 * expected));
  }

  @Test
  void refusesImpossibleFactors() {
    assertThatThrownBy(() -> UpdateRanges.of(LAYOUT, name -> -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("factor of stem.weight must be at least 0: -1.0");
  }

  private static UpdateRanges scales() {
    return UpdateRanges.of(LAYOUT, name -> SCALES.getOrDefault(name, 1.0));
  }

  /** Four steps of one optimiser over the whole vector. */
  private static float[] trained(SliceOptimizer optimizer, double factor, int length) {
    float[] weights = start();
    for (int step = 0; step < 4; step++) {
      optimizer.step(
          weights, 0, gradients(step), 0, length, 0, StepHyperparameters.of(1e-2 * factor, 0.19));
    }
    return weights;
  }

  private static float[] trained(Kind kind, UpdateRanges ranges, int sliceSize) {
    float[] weights = start();
    for (int from = 0; from < SIZE; from += sliceSize) {
      SliceOptimizer optimizer = kind.create(ranges);
      int length = Math.min(sliceSize, SIZE - from);
      for (int step = 0; step < 4; step++) {
        optimizer.step(
            weights, from, gradients(step), from, length, from, StepHyperparameters.of(1e-2, 0.19));
      }
    }
    return weights;
  }

  private static float[] part(float[] vector, ParameterSpec spec) {
    int offset = LAYOUT.offset(spec.name());
    return Arrays.copyOfRange(vector, offset, offset + (int) spec.elements());
  }

  private static float[] start() {
    return floats(new Random(17));
  }

  private static float[] gradients(int step) {
    return floats(new Random(step));
  }

  private static float[] floats(Random random) {
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
