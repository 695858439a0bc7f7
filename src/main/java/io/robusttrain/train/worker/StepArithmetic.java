package io.robusttrain.train.worker;

import io.robusttrain.objective.MixedPrecision;
import io.robusttrain.objective.Objective;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Fp32Precision;
import io.robusttrain.tensor.Precision;
import java.io.Serializable;

/**
 * Where a step is computed, and how exactly.
 *
 * @param device where replicas compute
 * @param precision of the forwards of training and of the attack alike
 * @param fp32 what a GPU makes of float32
 */
public record StepArithmetic(ComputeDevice device, Precision precision, Fp32Precision fp32)
    implements Serializable {
  /** float32 on the host's cores. */
  public static final StepArithmetic CPU =
      new StepArithmetic(ComputeDevice.CPU, Precision.FP32, Fp32Precision.IEEE);

  public StepArithmetic {
    if (device == ComputeDevice.CPU && fp32 == Fp32Precision.TF32) {
      throw new IllegalArgumentException("a CPU has no TF32: compute on a GPU, or in fp32");
    }
  }

  /** {@code fp32}, {@code tf32} or {@code bf16}. */
  public String word() {
    return precision == Precision.BF16 ? "bf16" : fp32 == Fp32Precision.TF32 ? "tf32" : "fp32";
  }

  /** The arithmetic of one of the words of {@link #word}. */
  public static StepArithmetic of(ComputeDevice device, String word) {
    return switch (word) {
      case "fp32" -> new StepArithmetic(device, Precision.FP32, Fp32Precision.IEEE);
      case "tf32" -> new StepArithmetic(device, Precision.FP32, Fp32Precision.TF32);
      case "bf16" -> new StepArithmetic(device, Precision.BF16, Fp32Precision.IEEE);
      default ->
          throw new IllegalArgumentException(
              "a precision is one of fp32, tf32, bf16; found " + word);
    };
  }

  /** An objective in this precision. */
  Objective of(Objective objective) {
    return precision == Precision.FP32 ? objective : new MixedPrecision(objective, precision);
  }
}
