package io.robusttrain.tensor;

import java.util.Locale;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Where tensors live and arithmetic runs. Names no libtorch type in its constants: naming a device
 * must not load libtorch before {@link NativeRuntime} has loaded oneMKL.
 */
public enum ComputeDevice {
  /** The host's cores, with oneMKL. */
  CPU,
  /** A CUDA device: the first one that the process sees, or that of {@link #chooseCuda}. */
  CUDA;

  private static volatile byte cudaIndex;

  /** The device of a configuration value, {@code cpu} or {@code cuda}. */
  public static ComputeDevice named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /**
   * Lets this process compute on another CUDA device. Called before it computes on any.
   *
   * @param index counted from 0 among those that the process sees
   */
  public static void chooseCuda(int index) {
    if (index < 0 || index > Byte.MAX_VALUE) {
      throw new IllegalArgumentException("no CUDA device has the index " + index);
    }
    cudaIndex = (byte) index;
  }

  /** The index of the CUDA device on which this process computes, if it computes on any. */
  public static int cudaIndex() {
    return cudaIndex;
  }

  /** The device that holds a tensor. */
  public static ComputeDevice of(Tensor tensor) {
    return tensor.is_cuda() ? CUDA : CPU;
  }

  /** Whether this process can compute on the device. */
  public boolean available() {
    if (this == CPU) {
      return true;
    }
    NativeRuntime.load();
    return torch.cuda_is_available();
  }

  /** Waits until the device has computed all that it was given; a CPU has when a call returns. */
  public void finish() {
    if (this == CUDA) {
      torch.cuda_synchronize(cudaIndex);
    }
  }

  /** A new libtorch device handle, owned by the caller's {@code PointerScope}. */
  public Device placement() {
    NativeRuntime.load();
    return this == CUDA ? new Device(type(), cudaIndex) : new Device(type());
  }

  /**
   * Memory of the host for floats that come from the device or go there, owned by the caller's
   * {@code PointerScope}. For a GPU its pages are locked, so that the GPU fetches them itself.
   */
  Tensor hostFloats(int size) {
    NativeRuntime.load();
    return torch.empty(new long[] {size}, hostFloats(), new MemoryFormatOptional());
  }

  /** What {@link #hostFloats(int)} asks libtorch for. */
  TensorOptions hostFloats() {
    return new TensorOptions(ScalarType.Float).pinned_memory(new BoolOptional(this == CUDA));
  }

  /** libtorch's name of the device's kind. */
  torch.DeviceType type() {
    return switch (this) {
      case CPU -> torch.DeviceType.CPU;
      case CUDA -> torch.DeviceType.CUDA;
    };
  }
}
