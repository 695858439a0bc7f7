package io.robusttrain.train.plan;

import io.robusttrain.config.value.Problem;
import io.robusttrain.model.Architecture;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the memory of executors and driver does not suffice, and which option would have to have
 * which value.
 *
 * @param plan what is needed
 * @param topology what is there
 */
public record MemoryProblems(MemoryPlan plan, RunPlan.Topology topology) {
  /** What Spark keeps of a heap before it divides it; its own constant. */
  private static final long RESERVED_HEAP = 300L << 20;

  /** A size that an option is raised to is a multiple of this. */
  private static final long ROUND = 256L << 20;

  /** What an executor's heap must have so that Spark's share of it holds what must be stored. */
  private long heapForStorage() {
    return RESERVED_HEAP + (long) (plan.storageBytes() / topology.memoryFraction());
  }

  /**
   * A problem for each heap, and one for what is outside of it; none if all suffice. What is needed
   * is known to some percent: a run that has begun is not ended for that.
   */
  List<Problem> find() {
    List<Problem> problems = new ArrayList<>();
    if (topology.underWay()) {
      if (!topology.local()) {
        problems.addAll(executorStorage());
      }
      return problems;
    }
    if (topology.local()) {
      problems.addAll(localHeap());
    } else {
      problems.addAll(executorHeap());
      driver(
              plan.driverBytes(),
              "the model's weights, which it gathers, validates and saves",
              topology)
          .ifPresent(text -> problems.add(Problem.of("train", text)));
    }
    if (plan.nativeBytes() > topology.nativeBytes()) {
      problems.add(
          Problem.of(
              "train.micro-batch",
              "an executor needs about %d MB outside the heap and has %d MB: lower train.micro-batch, use fewer replicas, or give executors more memory (spark.executor.memoryOverhead=%s on YARN and Kubernetes)"
                  .formatted(
                      plan.nativeBytes() >> 20,
                      topology.nativeBytes() >> 20,
                      rounded(plan.nativeBytes()))));
    }
    return problems;
  }

  /**
   * What is said before steps are run through BigDL on executors of their own, without a run around
   * them, if the driver's heap does not suffice: in the place of a pause's vectors it has the
   * slices that the steps end with, and what BigDL makes of them.
   */
  public static Optional<String> ofSteps(Architecture architecture, RunPlan.Topology topology) {
    return topology.local()
        ? Optional.empty()
        : driver(
            MemoryPlan.driverBytes(architecture),
            "the model's weights and what BigDL makes of them",
            topology);
  }

  /**
   * What is said of a driver whose heap does not suffice.
   *
   * @param needed bytes
   * @param what is on it
   */
  private static Optional<String> driver(long needed, String what, RunPlan.Topology topology) {
    return needed <= topology.driverHeapBytes()
        ? Optional.empty()
        : Optional.of(
            "the driver needs about %d MB of heap for %s, and has %d MB: raise spark.driver.memory to %s"
                .formatted(
                    needed >> 20,
                    what,
                    topology.driverHeapBytes() >> 20,
                    option(needed, topology)));
  }

  private List<Problem> executorHeap() {
    if (plan.heapBytes() > topology.heapBytes()) {
      return List.of(
          Problem.of(
              "train",
              "an executor needs about %d MB of heap and has %d MB: raise spark.executor.memory to %s, or lower data.cache-memory, data.shuffle-window or train.micro-batch"
                  .formatted(
                      plan.heapBytes() >> 20, topology.heapBytes() >> 20, executorOption())));
    }
    return executorStorage();
  }

  private List<Problem> executorStorage() {
    if (heapForStorage() > topology.heapBytes()) {
      return List.of(
          Problem.of(
              "train",
              "Spark must hold about %d MB of weights and gradients on an executor, and its storage memory there has %d MB (spark.memory.fraction=%s of the heap): raise spark.executor.memory to %s"
                  .formatted(
                      plan.storageBytes() >> 20,
                      storage(topology.heapBytes()) >> 20,
                      topology.memoryFraction(),
                      executorOption())));
    }
    return List.of();
  }

  private String executorOption() {
    return option(Math.max(plan.heapBytes(), heapForStorage()));
  }

  /** All executors of a local master and the driver share one heap, and one storage memory. */
  private List<Problem> localHeap() {
    int executors = topology.executors();
    long heap = executors * plan.heapBytes() + plan.driverOnlyBytes();
    long forStorage = RESERVED_HEAP + executors * (heapForStorage() - RESERVED_HEAP);
    if (Math.max(heap, forStorage) <= topology.driverHeapBytes()) {
      return List.of();
    }
    return List.of(
        Problem.of(
            "train",
            "an executor needs about %d MB of heap and has %d MB, with %d MB more for the driver: raise spark.driver.memory to %s, or lower data.cache-memory, data.shuffle-window or train.micro-batch"
                .formatted(
                    Math.max(plan.heapBytes(), heapForStorage()) >> 20,
                    topology.heapBytes() >> 20,
                    plan.driverOnlyBytes() >> 20,
                    option(Math.max(heap, forStorage)))));
  }

  private long storage(long heap) {
    return (long) (Math.max(0, heap - RESERVED_HEAP) * topology.memoryFraction());
  }

  /** The size of a heap of which objects can use so many bytes, as Spark's options take it. */
  private String option(long bytes) {
    return option(bytes, topology);
  }

  private static String option(long bytes, RunPlan.Topology topology) {
    double share = topology.heapShare();
    String size = rounded((long) Math.ceil(bytes / share));
    return share < 1
        ? "%s (of which objects can use %d %%)".formatted(size, Math.round(100 * share))
        : size;
  }

  private static String rounded(long bytes) {
    return (((bytes + ROUND - 1) / ROUND * ROUND) >> 20) + "m";
  }
}
