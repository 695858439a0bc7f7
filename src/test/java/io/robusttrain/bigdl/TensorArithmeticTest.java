package io.robusttrain.bigdl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.intel.analytics.bigdl.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What BigDL's tensors compute in a training, with what stands in for its native code. */
class TensorArithmeticTest {
  private final float[] values = {1 / 3f, -2.5f, Float.MIN_VALUE, 3e38f, Float.NaN};
  private final float[] others = {1 / 7f, 2.5f, Float.MIN_VALUE, 3e38f, 1};

  @Test
  void gradientsOfReplicasAreAddedInFloat32() {
    float[] sum = values.clone();
    // As DistriOptimizer does: a part of the vector in each thread.
    FloatTypes.tensor(sum).narrow(1, 2, 4).add(FloatTypes.tensor(others).narrow(1, 2, 4));
    float[] expected = values.clone();
    for (int i = 1; i < expected.length; i++) {
      expected[i] = values[i] + others[i];
    }
    assertThat(sum).isEqualTo(expected);
  }

  @Test
  void aDivisionMultipliesByTheInverse() {
    float[] mean = values.clone();
    FloatTypes.tensor(mean).narrow(1, 1, 4).div((Object) 3f);
    float[] expected = values.clone();
    for (int i = 0; i < 4; i++) {
      expected[i] = values[i] * (1 / 3f);
    }
    assertThat(mean).isEqualTo(expected);
  }

  @Test
  void arithmeticThatNoTrainingReachesSaysThatItIsMissing() {
    Tensor<Object> tensor = FloatTypes.tensor(values);
    assertThatThrownBy(() -> tensor.cmul(FloatTypes.tensor(others)))
        .isExactlyInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith("arithmetic of tensors beside sums and scaling is not part of");
  }
}
