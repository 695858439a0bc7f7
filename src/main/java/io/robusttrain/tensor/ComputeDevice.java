package io.robusttrain.tensor;

import java.util.Locale;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Where tensors live and arithmetic runs. */
public enum ComputeDevice {
  /** The host's cores, with oneMKL. */
  CPU(torch.DeviceType.CPU),
  /** The first CUDA device that the process sees. */
  CUDA(torch.DeviceType.CUDA);

  private final torch.DeviceType type;

  ComputeDevice(torch.DeviceType type) {
    this.type = type;
  }

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
    return this == CPU || torch.cuda_is_available();
  }

  /** A new libtorch device handle, owned by the caller's {@code PointerScope}. */
  public Device placement() {
    return new Device(type);
  }
}
