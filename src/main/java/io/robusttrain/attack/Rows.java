package io.robusttrain.attack;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Translates row numbers and masks of a batch between tensors and Java arrays. */
public final class Rows {
  private Rows() {}

  /**
   * Row numbers as an index for {@code index_select}.
   *
   * @return int64 (n) on the device of {@code beside}, in the caller's {@code PointerScope}
   */
  static Tensor index(int[] rows, Tensor beside) {
    return Tensors.labels(rows, ComputeDevice.of(beside));
  }

  /**
   * A mask's values.
   *
   * @param mask bool (n)
   */
  public static boolean[] flags(Tensor mask) {
    try (PointerScope scope = new PointerScope()) {
      Tensor bytes = mask.to(torch.ScalarType.Byte).cpu().contiguous();
      byte[] values = new byte[Math.toIntExact(bytes.numel())];
      new BytePointer(bytes.data_ptr_byte()).get(values);
      boolean[] flags = new boolean[values.length];
      for (int i = 0; i < flags.length; i++) {
        flags[i] = values[i] != 0;
      }
      return flags;
    }
  }

  /** The positions of the values that equal {@code wanted}, ascending. */
  public static int[] where(boolean[] flags, boolean wanted) {
    return IntStream.range(0, flags.length).filter(i -> flags[i] == wanted).toArray();
  }
}
