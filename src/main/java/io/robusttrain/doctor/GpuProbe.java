package io.robusttrain.doctor;

import io.robusttrain.cluster.ExecutorGpu;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/** Which executors compute on which GPU, by what Spark gave them. */
final class GpuProbe {
  private static final String NAME = "gpus";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final EveryExecutor executors;

  /**
   * The GPU of an executor.
   *
   * @param name the same for executors of one host that compute on one GPU
   * @param problem empty, or why it has none
   */
  record Gpu(String name, String problem) implements Serializable {}

  GpuProbe(EveryExecutor executors) {
    this.executors = executors;
  }

  /** One line for each executor without a GPU and each GPU with several, or one for all. */
  List<Line> look() throws ExecutionException, InterruptedException {
    return judge(executors.call(place -> of(ExecutorGpu.here()), LIMIT));
  }

  static Gpu of(ExecutorGpu given) {
    try {
      return new Gpu(given.name(), "");
    } catch (IllegalStateException none) {
      return new Gpu("", none.getMessage());
    }
  }

  static List<Line> judge(Map<Place, Gpu> gpus) {
    List<Line> lines = new ArrayList<>();
    Map<String, List<Place>> users = new TreeMap<>();
    new TreeMap<>(gpus)
        .forEach(
            (place, gpu) -> {
              if (gpu.problem().isEmpty()) {
                String key = "GPU %s of %s".formatted(gpu.name(), place.host());
                users.computeIfAbsent(key, any -> new ArrayList<>()).add(place);
              } else {
                lines.add(
                    new Line(
                        NAME,
                        List.of(place),
                        Finding.failed(gpu.problem(), "then start the executors again")));
              }
            });
    List<Place> alone = new ArrayList<>();
    users.forEach(
        (gpu, places) -> {
          if (places.size() == 1) {
            alone.addAll(places);
          } else {
            lines.add(new Line(NAME, places, shared(gpu, places.size())));
          }
        });
    if (!alone.isEmpty()) {
      lines.add(new Line(NAME, alone, Finding.ok("each computes on a GPU of its own")));
    }
    return lines;
  }

  private static Finding shared(String gpu, int count) {
    return Finding.warning(
        "%d executors compute on %s, and share its time and memory".formatted(count, gpu),
        "ask Spark for one each: spark.executor.resource.gpu.amount=1, on a standalone cluster with spark.worker.resource.gpu.amount and .discoveryScript that give no GPU to two workers of a host; or set CUDA_VISIBLE_DEVICES of each worker");
  }
}
