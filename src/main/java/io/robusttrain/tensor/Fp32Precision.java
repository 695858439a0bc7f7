package io.robusttrain.tensor;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.Float32Backend;
import org.bytedeco.pytorch.global.torch.Float32Op;

/**
 * How a GPU computes products of float32 matrices and float32 convolutions, as PyTorch's {@code
 * fp32_precision} of cuBLAS and cuDNN says. It belongs to the process, the backward pass included,
 * and changes nothing on a CPU. libtorch by itself lets cuDNN take TF32; here float32 is float32
 * until somebody asks for less.
 */
public enum Fp32Precision {
  /** float32 throughout: a factor's significand has 24 bits. */
  IEEE,
  /**
   * TensorFloat-32, on NVIDIA's GPUs from Ampere on: factors are rounded to a significand of 11
   * bits, a relative 2^-11, and products are added in float32.
   */
  TF32;

  /** Lets this process compute so from now on. */
  public void choose() {
    NativeRuntime.load();
    NativeRuntime.allowTf32(this == TF32);
  }

  /**
   * How this process computes now.
   *
   * @throws IllegalStateException if matrices and convolutions differ, which only somebody else can
   *     have asked for
   */
  public static Fp32Precision chosen() {
    NativeRuntime.load();
    try (PointerScope scope = new PointerScope()) {
      Context context = torch.globalContext();
      boolean matrices =
          context.float32Precision(Float32Backend.CUDA, Float32Op.MATMUL).intern()
              == torch.Float32Precision.TF32;
      boolean convolutions =
          context.float32Precision(Float32Backend.CUDA, Float32Op.CONV).intern()
              == torch.Float32Precision.TF32;
      if (matrices != convolutions) {
        throw new IllegalStateException(
            "somebody else let libtorch take TF32 for %s only"
                .formatted(matrices ? "matrices" : "convolutions"));
      }
      return matrices ? TF32 : IEEE;
    }
  }
}
