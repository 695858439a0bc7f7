package io.robusttrain.speed;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import io.robusttrain.train.worker.StepArithmetic;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How fast float32 matrices are multiplied: the yardstick of a training step.
 *
 * @param median rate of a product, in GFLOP/s
 * @param best rate of the fastest product, in GFLOP/s
 */
record MatrixRate(double median, double best) implements Serializable {
  /** Rows and columns: large enough for the full rate, 16 MB a matrix. */
  static final int SIDE = 2048;

  private static final int FEWEST = 3;

  /**
   * Multiplies two SIDE x SIDE matrices into a third, after one product to warm up.
   *
   * @param threads inside a product
   * @param seconds products begin until then, at least three
   * @param arithmetic where they are computed, and what a GPU makes of float32
   */
  static MatrixRate measure(int threads, double seconds, StepArithmetic arithmetic) {
    NativeRuntime.start(threads);
    ComputeDevice device = arithmetic.device();
    arithmetic.fp32().choose();
    List<Double> rates = new ArrayList<>();
    try (PointerScope scope = new PointerScope()) {
      SeedKey key = SeedKey.of(0);
      Tensor a = Tensors.uniform(key.with(0), -1, 1, device, SIDE, SIDE);
      Tensor b = Tensors.uniform(key.with(1), -1, 1, device, SIDE, SIDE);
      Tensor product = torch.mm(a, b);
      device.finish();
      long start = System.nanoTime();
      long now = start;
      while (rates.size() < FEWEST || now - start < seconds * 1e9) {
        long begin = now;
        // Into the same memory: fresh pages would cost time that is not the product's.
        torch.mm_out(product, a, b);
        device.finish();
        now = System.nanoTime();
        rates.add(gigaflops((now - begin) / 1e9));
      }
    }
    Spread spread = Spread.of(rates.stream().mapToDouble(Double::doubleValue));
    return new MatrixRate(spread.median(), spread.max());
  }

  /** The rate of one product: SIDE^3 multiply-adds of two operations each. */
  static double gigaflops(double seconds) {
    return 2.0 * SIDE * SIDE * SIDE / seconds / 1e9;
  }

  /** Several processes at the same time. */
  static MatrixRate sum(List<MatrixRate> rates) {
    return new MatrixRate(
        rates.stream().mapToDouble(MatrixRate::median).sum(),
        rates.stream().mapToDouble(MatrixRate::best).sum());
  }
}
