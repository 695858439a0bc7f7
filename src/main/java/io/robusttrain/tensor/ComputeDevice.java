package io.robusttrain.tensor;

import java.util.Locale;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Where tensors live and arithmetic runs. Names no libtorch type in its constants: naming a device
 * must not load libtorch before {@link NativeRuntime} has loaded oneMKL.
 */
public enum ComputeDevice {
  /** The host's cores, with oneMKL. */
  CPU,
  /** The first CUDA device that the process sees. */
  CUDA;

  /** The device of a configuration value, {@code cpu} or {@code cuda}. */
  public static ComputeDevice named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
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

  /** A new libtorch device handle, owned by the caller's {@code PointerScope}. */
  public Device placement() {
    NativeRuntime.load();
    return new Device(type());
  }

  /** libtorch's name of the device's kind. */
  torch.DeviceType type() {
    return switch (this) {
      case CPU -> torch.DeviceType.CPU;
      case CUDA -> torch.DeviceType.CUDA;
    };
  }
}
