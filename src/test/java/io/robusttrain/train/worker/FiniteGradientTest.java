package io.robusttrain.train.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is finite, how the others learn that it is not, and where it began. */
class FiniteGradientTest {
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          List.of(
              ParameterSpec.parameter("first.weight", 2, 3),
              ParameterSpec.parameter("second.weight", 3, 3),
              ParameterSpec.parameter("third.weight", 3, 2)));

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 2e19f})
  void findsAWrongElementWhereverItIs(float wrong) {
    for (int length = 1; length < 20; length++) {
      float[] gradient = new float[length + 2];
      gradient[0] = wrong;
      gradient[length + 1] = wrong;
      assertThat(FiniteGradient.holds(new FloatSlice(gradient, 1, length))).isTrue();
      for (int i = 1; i <= length; i++) {
        gradient[i] = wrong;
        assertThat(FiniteGradient.holds(new FloatSlice(gradient, 1, length)))
            .as("%d of %d", i, length)
            .isFalse();
        gradient[i] = -1e19f;
      }
    }
  }

  @Test
  void oneSpoiltReplicaSpoilsEverySliceOfTheSum() {
    float[] mine = {1, 2, 3, 4};
    float[] others = {-FiniteGradient.LARGEST, FiniteGradient.LARGEST, 0, 1e-30f};
    FiniteGradient.spoil(FloatSlice.of(mine));
    for (int i = 0; i < mine.length; i++) {
      float[] sum = {0, mine[i] + others[i]};
      assertThat(FiniteGradient.spoilt(new FloatSlice(sum, 1, 1))).isTrue();
      assertThat(FiniteGradient.spoilt(new FloatSlice(others, i, 1))).isFalse();
    }
    // A thousand of the largest are still finite.
    assertThat(1000 * FiniteGradient.LARGEST).isFinite();
  }

  @Test
  void namesTheFirstWeightThatIsNotFinite() {
    try (FlatParameters parameters = new FlatParameters(LAYOUT, ComputeDevice.CPU)) {
      parameters.value("third.weight").detach().fill_(new Scalar(Double.NaN));
      parameters.value("second.weight").detach().fill_(new Scalar(Double.POSITIVE_INFINITY));
      assertThat(new FirstFault().origin(1, parameters))
          .contains("the weights of second.weight, which are not finite");
    }
  }

  @Test
  void namesTheLastGradientOnTheWayForwardWhichIsTheFirstOnTheWayBack() {
    try (FlatParameters parameters = new FlatParameters(LAYOUT, ComputeDevice.CPU)) {
      assertThat(new FirstFault().origin(1, parameters)).isEmpty();
      parameters.gradient("first.weight").fill_(new Scalar(Double.NaN));
      parameters.gradient("second.weight").fill_(new Scalar(1e20));
      assertThat(new FirstFault().origin(1, parameters))
          .contains("the gradient of second.weight, the first on the way back");
      assertThat(new FirstFault().origin(Double.POSITIVE_INFINITY, parameters))
          .contains("the loss, after layers whose outputs are all finite");
    }
  }

  @Test
  void namesTheFirstLayerWhoseOutputIsNotFinite() {
    try (FlatParameters parameters = new FlatParameters(LAYOUT, ComputeDevice.CPU);
        PointerScope scope = new PointerScope()) {
      FirstFault fault = new FirstFault();
      Tensor good = torch.ones(2, 3);
      Tensor bad = good.div(new Scalar(0.0));
      fault.ran("stem", "linear", good, good);
      fault.ran("norm", "layer_norm", good, bad);
      fault.ran("head", "linear", bad, bad);
      assertThat(fault.origin(Double.NaN, parameters)).contains("the output of norm (layer_norm)");
      FirstFault half = new FirstFault();
      half.ran("stem", "linear", good, good.to(torch.ScalarType.BFloat16));
      half.ran("norm", "layer_norm", good, bad.to(torch.ScalarType.BFloat16));
      assertThat(half.origin(Double.NaN, parameters))
          .as("in bfloat16")
          .contains("the output of norm (layer_norm)");
      FirstFault attacked = new FirstFault();
      attacked.ran("stem", "linear", bad, bad);
      assertThat(attacked.origin(Double.NaN, parameters))
          .contains(
              "the output of stem (linear), whose input is not finite either: the attack made it"
                  + " so");
    }
  }
}
