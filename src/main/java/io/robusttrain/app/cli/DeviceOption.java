package io.robusttrain.app.cli;

import io.robusttrain.tensor.ComputeDevice;
import picocli.CommandLine.Option;

/** The option that says where a command computes. */
public final class DeviceOption {
  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "cpu",
      description = "cpu or cuda. Default: ${DEFAULT-VALUE}.")
  private ComputeDevice device;

  /** What was chosen, whether it is there or not. */
  public ComputeDevice chosen() {
    return device;
  }
}
