package io.robusttrain.cluster;

import io.robusttrain.tensor.ComputeDevice;
import java.util.List;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * The GPU that Spark gave to an executor. Spark tells a task addresses, as the discovery script of
 * its host wrote them; libtorch counts the GPUs that the process sees.
 *
 * @param addresses what Spark gave; none where it gives no GPUs
 * @param visible CUDA_VISIBLE_DEVICES of the process, or blank where it sees all that there are
 */
public record ExecutorGpu(List<String> addresses, String visible) {
  private static final String RESOURCE = "gpu";
  private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

  public ExecutorGpu {
    addresses = List.copyOf(addresses);
  }

  /** That of this process; called in a task of Spark's. */
  public static ExecutorGpu here() {
    TaskContext task = TaskContext.get();
    ResourceInformation given = task == null ? null : task.resourcesJMap().get(RESOURCE);
    return new ExecutorGpu(
        given == null ? List.of() : List.of(given.addresses()),
        Optional.ofNullable(System.getenv(VISIBLE)).orElse("").strip());
  }

  /** Lets this process compute there, whatever it computes on a GPU. */
  void choose() {
    ComputeDevice.chooseCuda(index());
  }

  /**
   * The GPU's index among those that the process sees. Where Spark gives none, and where the
   * process sees only one, it is the first: whoever hides the others has chosen.
   *
   * @throws IllegalStateException if there is no such GPU, or more than one
   */
  public int index() {
    List<String> seen = seen();
    if (addresses.isEmpty() || seen.size() == 1) {
      return 0;
    }
    if (addresses.size() > 1) {
      throw new IllegalStateException(
          "Spark gave this executor the GPUs %s, but it computes on one: set spark.executor.resource.gpu.amount=1"
              .formatted(addresses));
    }
    String address = addresses.get(0);
    if (!seen.isEmpty()) {
      if (!seen.contains(address)) {
        throw new IllegalStateException(
            "Spark gave this executor the GPU %s, which %s=%s hides: let the discovery script name those that the executors see"
                .formatted(address, VISIBLE, visible));
      }
      return seen.indexOf(address);
    }
    if (!address.matches("\\d{1,2}")) {
      throw new IllegalStateException(
          "Spark gave this executor the GPU %s, which is no number: let the discovery script write the numbers of nvidia-smi, or set %s=%s for this executor"
              .formatted(address, VISIBLE, address));
    }
    return Integer.parseInt(address);
  }

  /** What is the same for executors of one host that compute on one GPU. */
  public String name() {
    int index = index();
    return seen().isEmpty() ? Integer.toString(index) : seen().get(index);
  }

  private List<String> seen() {
    return visible.isEmpty() ? List.of() : List.of(visible.split("\\s*,\\s*", -1));
  }
}
