package io.robusttrain.attack.square;

import java.nio.FloatBuffer;
import org.bytedeco.pytorch.Tensor;

/**
 * Images in a tensor on the host that Java reads and writes in place. Borrows the tensor, and must
 * not outlive it. Not thread-safe.
 */
final class HostImages {
  /** What one buffer can address. */
  private static final long LARGEST = Integer.MAX_VALUE / Float.BYTES;

  private final FloatBuffer values;
  private final int size;

  /**
   * @param tensor float32 (B, C, H, W), contiguous, on the host
   * @throws IllegalArgumentException if it holds 2 GiB or more
   */
  HostImages(Tensor tensor) {
    if (tensor.numel() > LARGEST) {
      throw new IllegalArgumentException(
          "Square takes at most %d pixel values in a batch, got %d: use a smaller batch"
              .formatted(LARGEST, tensor.numel()));
    }
    size = Math.toIntExact(tensor.numel() / tensor.size(0));
    values = tensor.data_ptr_float().capacity(tensor.numel()).asBuffer();
  }

  void read(int row, float[] image) {
    values.get(row * size, image, 0, size);
  }

  void write(int row, float[] image) {
    values.put(row * size, image, 0, size);
  }
}
