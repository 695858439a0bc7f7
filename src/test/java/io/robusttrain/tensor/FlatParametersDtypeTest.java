package io.robusttrain.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

@Numeric
class FlatParametersDtypeTest {
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(List.of(ParameterSpec.parameter("weight", 3)));

  @Test
  void float64TakesAndGivesFloats() {
    Arithmetic.start();
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters =
            new FlatParameters(LAYOUT, ComputeDevice.CPU, ScalarType.Double)) {
      parameters.load(new float[] {9, 1, -2, 0.1f}, 1);
      assertThat(parameters.value("weight").scalar_type().intern()).isEqualTo(ScalarType.Double);
      parameters.value("weight").square().sum().backward();
      float[] values = new float[3];
      float[] gradients = new float[4];
      parameters.store(values, 0);
      parameters.storeGradients(gradients, 1);
      assertThat(values).containsExactly(1, -2, 0.1f);
      assertThat(gradients).containsExactly(0, 2, -4, 0.2f);
    }
  }
}
