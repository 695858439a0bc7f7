package io.robusttrain.doctor.check;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Cores, and the environment that tells native code how to use them.
 *
 * @param cores that Spark gives to an executor
 */
public record ThreadsCheck(int cores) implements Check<ThreadsCheck.Facts> {
  private static final List<String> MALLOC =
      List.of("MALLOC_ARENA_MAX", "MALLOC_MMAP_MAX_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_");

  /**
   * @param available cores that the process may use: those of its control group, where it has one
   * @param environment the variables of interest that are set
   */
  record Facts(int available, TreeMap<String, String> environment) implements Serializable {}

  @Override
  public String name() {
    return "threads";
  }

  @Override
  public Facts examine(Place place) {
    TreeMap<String, String> environment = new TreeMap<>();
    System.getenv()
        .forEach(
            (name, value) -> {
              if (name.startsWith("OMP_")
                  || name.startsWith("KMP_")
                  || name.startsWith("MALLOC_")) {
                environment.put(name, value);
              }
            });
    return new Facts(Runtime.getRuntime().availableProcessors(), environment);
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    if (!place.role().computes()) {
      return List.of(Finding.ok(facts.available() + " cores; nothing is computed here"));
    }
    List<Finding> findings = new ArrayList<>();
    if (facts.available() < cores) {
      findings.add(
          Finding.warning(
              "Spark gives an executor %d cores, the host or its container has %d"
                  .formatted(cores, facts.available()),
              "lower --executor-cores to %d, or raise the container's processor limit: threads that fight for a core cost up to ten times the time"
                  .formatted(facts.available())));
    }
    environment(facts.environment(), place, findings);
    return Finding.orOk(
        findings,
        "%d of %d cores, OpenMP threads spin briefly, then sleep, malloc keeps its pages"
            .formatted(cores, facts.available()));
  }

  private void environment(Map<String, String> environment, Place place, List<Finding> findings) {
    String where =
        place.role().drives()
            ? "start with a script of spark-submit/, or export %s"
            : "set spark.executorEnv.%s, as the scripts of spark-submit/ do";
    String wait = environment.getOrDefault("OMP_WAIT_POLICY", "not set");
    if (!wait.toUpperCase(Locale.ROOT).equals("PASSIVE")) {
      findings.add(
          Finding.warning(
              "OMP_WAIT_POLICY is %s: waiting threads spin, which costs up to ten times the time on busy cores"
                  .formatted(wait),
              where.formatted("OMP_WAIT_POLICY=PASSIVE")));
    }
    String spin = environment.getOrDefault("KMP_BLOCKTIME", "not set");
    if (!spin.matches("[12]|\\d{2,4}us")) {
      findings.add(
          Finding.warning(
              "KMP_BLOCKTIME is %s: threads that sleep at once cost up to half of a step, those that spin for long two thirds beside another process"
                  .formatted(spin),
              where.formatted("KMP_BLOCKTIME=1")));
    }
    String threads = environment.getOrDefault("OMP_NUM_THREADS", "not set");
    if (!threads.matches("\\d{1,6}") || Integer.parseInt(threads) > cores) {
      findings.add(
          Finding.warning(
              "OMP_NUM_THREADS is %s, Spark gives an executor %d".formatted(threads, cores),
              where.formatted("OMP_NUM_THREADS=" + cores)));
    }
    malloc(environment, place, where, findings);
  }

  private void malloc(
      Map<String, String> environment, Place place, String where, List<Finding> findings) {
    String arenas = environment.getOrDefault("MALLOC_ARENA_MAX", "");
    if (arenas.matches("\\d{1,6}") && Integer.parseInt(arenas) < cores) {
      findings.add(
          Finding.warning(
              "MALLOC_ARENA_MAX is %s for %d cores: threads that share an arena wait for each other at every tensor, which takes up to twice the time"
                  .formatted(arenas, cores),
              where.formatted("MALLOC_ARENA_MAX=" + 8 * cores)));
    }
    List<String> unset = MALLOC.stream().filter(name -> !environment.containsKey(name)).toList();
    if (!unset.isEmpty()) {
      findings.add(
          Finding.warning(
              "%s not set: malloc gives pages back and faults them in again, a fifth of a step's time"
                  .formatted(String.join(", ", unset)),
              place.role().drives()
                  ? "start with a script of spark-submit/, which exports them"
                  : "set them through spark.executorEnv, as the scripts of spark-submit/ do"));
    }
  }

  @Override
  public String remedy() {
    return "start with a script of spark-submit/";
  }
}
