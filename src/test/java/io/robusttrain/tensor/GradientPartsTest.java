package io.robusttrain.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.oracle.Arithmetic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Parts of a gradient vector that a backward pass has completed, while it goes on. */
class GradientPartsTest {
  private static final int SIDE = 4;
  private static final int MATRIX = SIDE * SIDE;

  /** Matrices in the order of the forward pass, and what the backward pass completes last. */
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          List.of(
              ParameterSpec.parameter("first.weight", SIDE, SIDE),
              ParameterSpec.parameter("first.bias", SIDE),
              ParameterSpec.parameter("second.weight", SIDE, SIDE),
              ParameterSpec.parameter("third.weight", SIDE, SIDE),
              ParameterSpec.statistic("mean", SIDE)));

  @BeforeAll
  static void load() {
    Arithmetic.start();
  }

  @Test
  void partsEndWithTensorsAndTheLastOneHasWhatIsNotDecayed() {
    int all = 3 * MATRIX + 2 * SIDE;
    assertThat(LAYOUT.partEnds(7)).containsExactly(MATRIX, 2 * MATRIX, 3 * MATRIX, all);
    assertThat(LAYOUT.partEnds(2)).containsExactly(2 * MATRIX, 3 * MATRIX, all);
    assertThat(LAYOUT.partEnds(1)).containsExactly(3 * MATRIX, all);
  }

  @Test
  void aLargeTensorFillsSeveralPartsAndNoneIsEmpty() {
    ParameterLayout uneven =
        new ParameterLayout(
            List.of(
                ParameterSpec.parameter("large.weight", 90, 1),
                ParameterSpec.parameter("a.weight", 1, 1),
                ParameterSpec.parameter("b.weight", 9, 1)));
    assertThat(uneven.partEnds(4)).containsExactly(90, 100);
    assertThat(new ParameterLayout(List.of(ParameterSpec.parameter("bias", 3))).partEnds(4))
        .containsExactly(3);
  }

  /** What was told of, and what lay in the vector then. */
  private static final class Told implements IntConsumer {
    private final FlatParameters parameters;
    private final List<Integer> parts = new ArrayList<>();
    private final List<float[]> gradients = new ArrayList<>();

    Told(FlatParameters parameters) {
      this.parameters = parameters;
    }

    @Override
    public void accept(int part) {
      parts.add(part);
      gradients.add(all(parameters));
    }
  }

  private static float[] all(FlatParameters parameters) {
    float[] gradients = new float[LAYOUT.size()];
    parameters.storeGradients(gradients, 0);
    return gradients;
  }

  private static FlatParameters parameters() {
    FlatParameters parameters = new FlatParameters(LAYOUT, ComputeDevice.CPU);
    float[] values = new float[LAYOUT.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % 5 - 2) * 0.25f;
    }
    parameters.load(values, 0);
    return parameters;
  }

  /** A chain, in which the second matrix comes twice. */
  private static boolean backward(FlatParameters parameters, boolean third) {
    try (PointerScope scope = new PointerScope()) {
      Tensor first = torch.ones(3, SIDE).matmul(parameters.value("first.weight"));
      Tensor hidden =
          first
              .add(parameters.value("first.bias"))
              .matmul(parameters.value("second.weight"))
              .matmul(parameters.value("second.weight"));
      Tensor out = third ? hidden.matmul(parameters.value("third.weight")) : hidden;
      parameters.backward(out.square().sum());
      return true;
    }
  }

  @Test
  void whatIsToldOfDoesNotChangeAnyMore() {
    try (FlatParameters parameters = parameters()) {
      Told told = new Told(parameters);
      for (int pass = 0; pass < 2; pass++) {
        assertThat(parameters.<Boolean>telling(told, () -> backward(parameters, true))).isTrue();
        assertThat(told.parts).containsExactly(2, 1, 0);
        float[] after = all(parameters);
        for (int i = 0; i < told.parts.size(); i++) {
          int from = told.parts.get(i) * MATRIX;
          assertThat(Arrays.copyOfRange(told.gradients.get(i), from, from + MATRIX))
              .isEqualTo(Arrays.copyOfRange(after, from, from + MATRIX));
        }
        // The chain's end was told of before its beginning was there.
        assertThat(Arrays.copyOf(told.gradients.get(0), MATRIX))
            .isNotEqualTo(Arrays.copyOf(after, MATRIX));
        told.parts.clear();
        told.gradients.clear();
      }
    }
  }

  @Test
  void gradientsAreTheSameWithAndWithoutAListener() {
    try (FlatParameters silent = parameters();
        FlatParameters telling = parameters()) {
      assertThat(backward(silent, true)).isTrue();
      assertThat(telling.<Boolean>telling(part -> {}, () -> backward(telling, true))).isTrue();
      assertThat(all(telling)).isEqualTo(all(silent));
    }
  }

  @Test
  void aPartThatThePassDoesNotReachIsNotToldOf() {
    try (FlatParameters parameters = parameters()) {
      Told told = new Told(parameters);
      assertThat(parameters.<Boolean>telling(told, () -> backward(parameters, false))).isTrue();
      assertThat(told.parts).containsExactly(1, 0);
      // Nobody listens any more.
      assertThat(backward(parameters, true)).isTrue();
      assertThat(told.parts).containsExactly(1, 0);
    }
  }

  @Test
  void whatTheListenerThrowsComesOutAfterThePass() {
    try (FlatParameters parameters = parameters()) {
      IntConsumer failing =
          part -> {
            throw new ArithmeticException("part " + part);
          };
      assertThatThrownBy(() -> parameters.telling(failing, () -> backward(parameters, true)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessage("part 2");
      assertThat(all(parameters)[0]).isNotZero();
    }
  }
}
