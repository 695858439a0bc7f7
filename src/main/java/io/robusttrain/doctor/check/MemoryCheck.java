package io.robusttrain.doctor.check;

import com.sun.management.OperatingSystemMXBean;
import io.robusttrain.base.ByteUnit;
import java.io.IOException;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Memory of each process, and of all processes of a host together.
 *
 * @param heapNeed bytes of Java heap that an executor needs; 0 if nothing is planned
 * @param nativeNeed bytes beside it, libraries included
 */
public record MemoryCheck(long heapNeed, long nativeNeed) implements Check<MemoryCheck.Facts> {
  /**
   * @param heap the largest heap
   * @param machine physical memory of the host
   * @param limit what the process may use: its container's limit, or the host's memory
   */
  record Facts(long heap, long machine, long limit) implements Serializable {}

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public Facts examine(Place place) throws IOException {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long limit = system.getTotalMemorySize();
    return new Facts(Runtime.getRuntime().maxMemory(), Math.max(limit, machineMemory()), limit);
  }

  private static long machineMemory() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    return 0;
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    long natives = place.role().computes() ? nativeNeed : 0;
    long heap = place.role().computes() ? heapNeed : 0;
    String sizes =
        "heap %s, limit of the process %s"
            .formatted(ByteUnit.rounded(facts.heap()), ByteUnit.rounded(facts.limit()));
    if (heap > facts.heap()) {
      return List.of(
          Finding.failed(
              "%s; the run needs %s of heap".formatted(sizes, ByteUnit.rounded(heap)),
              "raise --executor-memory (--driver-memory with a local master), or lower data.cache-memory, data.shuffle-window or train.micro-batch"));
    }
    if (heap + natives > facts.limit()) {
      return List.of(
          Finding.failed(
              "%s; the run needs %s of heap and %s beside it"
                  .formatted(sizes, ByteUnit.rounded(heap), ByteUnit.rounded(natives)),
              "raise the container's memory (spark.executor.memoryOverhead on YARN and Kubernetes), or lower train.micro-batch"));
    }
    if (facts.heap() + natives > facts.limit()) {
      return List.of(
          Finding.warning(
              "%s; a full heap and %s of native memory do not fit"
                  .formatted(sizes, ByteUnit.rounded(natives)),
              "lower --executor-memory: libtorch's memory is outside of the heap"));
    }
    return List.of(
        Finding.ok(
            heap == 0
                ? sizes
                : "%s; the run needs %s and %s beside it"
                    .formatted(sizes, ByteUnit.rounded(heap), ByteUnit.rounded(natives))));
  }

  /** Processes of one host share its memory; a container has its own limit, judged above. */
  @Override
  public List<Line> compare(Map<Place, Facts> facts) {
    Map<String, List<Place>> hosts = new TreeMap<>();
    facts
        .keySet()
        .forEach(place -> hosts.computeIfAbsent(place.host(), any -> new ArrayList<>()).add(place));
    List<Line> lines = new ArrayList<>();
    hosts.forEach(
        (host, places) -> {
          if (places.size() > 1) {
            host(host, places, facts)
                .ifPresent(found -> lines.add(new Line(name(), places, found)));
          }
        });
    return lines;
  }

  private Optional<Finding> host(String host, List<Place> places, Map<Place, Facts> facts) {
    long machine = places.stream().mapToLong(place -> facts.get(place).machine()).min().orElse(0);
    long executors = places.stream().filter(place -> place.role().computes()).count();
    long natives = executors * nativeNeed;
    long heaps = places.stream().mapToLong(place -> facts.get(place).heap()).sum();
    String share =
        "%d processes on %s, which has %s"
            .formatted(places.size(), host, ByteUnit.rounded(machine));
    if (executors * heapNeed + natives > machine) {
      return Optional.of(
          Finding.failed(
              "%s: the run needs %s"
                  .formatted(share, ByteUnit.rounded(executors * heapNeed + natives)),
              "start fewer executors a host, or lower train.micro-batch"));
    }
    if (heaps + natives > machine) {
      return Optional.of(
          Finding.warning(
              "%s: their heaps may grow to %s, and %s are needed beside them"
                  .formatted(share, ByteUnit.rounded(heaps), ByteUnit.rounded(natives)),
              "lower --executor-memory or --driver-memory: the kernel ends a process when memory runs out"));
    }
    return Optional.empty();
  }

  @Override
  public String remedy() {
    return "run on Linux with /proc mounted";
  }
}
