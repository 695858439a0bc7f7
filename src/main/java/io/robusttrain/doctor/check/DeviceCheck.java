package io.robusttrain.doctor.check;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.NativeRuntime;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The GPU, if the run wants one.
 *
 * @param device {@code cpu} or {@code cuda}
 */
public record DeviceCheck(String device) implements Check<DeviceCheck.Facts> {
  private static final String DRIVER = "/proc/driver/nvidia/version";

  /**
   * @param available whether libtorch can compute there
   * @param driver whether an NVIDIA driver is loaded
   * @param cards what nvidia-smi says: name, memory, driver version; may be empty
   */
  record Facts(boolean available, boolean driver, String cards) implements Serializable {}

  @Override
  public String name() {
    return "device";
  }

  @Override
  public Facts examine(Place place) throws IOException, InterruptedException {
    if (!gpu() || !place.role().computes()) {
      return new Facts(true, false, "");
    }
    NativeRuntime.load();
    return new Facts(ComputeDevice.CUDA.available(), Files.isReadable(Path.of(DRIVER)), cards());
  }

  private boolean gpu() {
    return device.toLowerCase(Locale.ROOT).startsWith("cuda");
  }

  private static String cards() throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(
                  "nvidia-smi",
                  "--query-gpu=name,memory.total,driver_version",
                  "--format=csv,noheader")
              .redirectErrorStream(true)
              .start();
      String text =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0
          ? text.replace("\n", "; ")
          : "";
    } catch (IOException notInstalled) {
      return "";
    }
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    if (!gpu()) {
      return List.of(Finding.ok("cpu; a GPU is not used"));
    }
    if (!place.role().computes()) {
      return List.of(Finding.ok(device + "; not needed here"));
    }
    if (facts.available()) {
      return List.of(
          Finding.ok(device + ": " + (facts.cards().isEmpty() ? "available" : facts.cards())));
    }
    return List.of(
        Finding.failed(
            facts.driver()
                ? "device=%s, an NVIDIA driver is there, but libtorch finds no GPU"
                    .formatted(device)
                : "device=%s, but no NVIDIA driver is loaded".formatted(device),
            facts.driver()
                ? "build with the GPU profile, install CUDA and cuDNN of its version, check CUDA_VISIBLE_DEVICES"
                : "use device=cpu, or hosts with an NVIDIA GPU and driver"));
  }

  @Override
  public String remedy() {
    return "use device=cpu, or repair the GPU build";
  }

  @Override
  public Duration limit() {
    return Duration.ofMinutes(5);
  }
}
