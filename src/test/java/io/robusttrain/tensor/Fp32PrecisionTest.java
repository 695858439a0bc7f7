package io.robusttrain.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What libtorch is told of TF32; it takes it without a GPU, too. */
class Fp32PrecisionTest {
  @AfterEach
  void reset() {
    Fp32Precision.IEEE.choose();
  }

  @Test
  void tf32HoldsForMatricesAndConvolutionsInBothOfLibtorchsWords() {
    for (Fp32Precision precision :
        new Fp32Precision[] {Fp32Precision.IEEE, Fp32Precision.TF32, Fp32Precision.IEEE}) {
      precision.choose();
      assertThat(Fp32Precision.chosen()).isEqualTo(precision);
      try (PointerScope scope = new PointerScope()) {
        // libtorch throws here where its two words contradict each other.
        Context context = torch.globalContext();
        assertThat(context.allowTF32CuBLAS()).isEqualTo(precision == Fp32Precision.TF32);
        assertThat(context.allowTF32CuDNN()).isEqualTo(precision == Fp32Precision.TF32);
      }
    }
  }

  @Test
  void aMixtureThatSomebodyElseChoseIsRefused() {
    try (PointerScope scope = new PointerScope()) {
      Fp32Precision.IEEE.choose();
      torch.globalContext().setAllowTF32CuDNN(true);
    }
    assertThatThrownBy(Fp32Precision::chosen)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("somebody else let libtorch take TF32 for convolutions only");
  }
}
