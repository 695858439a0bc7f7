package io.robusttrain.collective;

import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.WorkerReport;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What all workers say of a step, as one report. */
final class StepAccount {
  private StepAccount() {}

  /**
   * The report of a step.
   *
   * @param messages of all workers, in their order
   * @param replicas of all workers
   * @param seconds that the step took
   */
  static StepReport of(List<StepMessage> messages, int replicas, double seconds) {
    List<WorkerReport> own = messages.stream().map(StepMessage::report).toList();
    double norm = messages.get(0).clippedNorm();
    if (Double.isNaN(norm)) {
      norm = Math.sqrt(sum(own, WorkerReport::squaredGradientNorm));
    }
    double loss = 0;
    for (StepMessage message : messages) {
      loss += message.loss();
    }
    return new StepReport(
        messages.get(0).step(),
        loss / replicas,
        own.stream().mapToLong(WorkerReport::samples).sum(),
        own.stream().mapToLong(WorkerReport::correct).sum(),
        norm,
        seconds,
        slowest(own, WorkerReport::attackSeconds),
        slowest(own, WorkerReport::trainSeconds),
        slowest(own, WorkerReport::loadSeconds),
        slowest(own, WorkerReport::updateSeconds),
        own.stream().mapToLong(WorkerReport::residentBytes).max().orElse(0),
        own.stream().mapToLong(WorkerReport::liveHandles).max().orElse(0),
        own.stream().flatMap(report -> report.faults().stream()).toList(),
        own.stream().flatMap(report -> report.badSamples().stream()).toList());
  }

  /** A plain sum in the order of the workers: streams of doubles compensate for rounding. */
  private static double sum(List<WorkerReport> reports, ToDoubleFunction<WorkerReport> part) {
    double sum = 0;
    for (WorkerReport report : reports) {
      sum += part.applyAsDouble(report);
    }
    return sum;
  }

  private static double slowest(List<WorkerReport> reports, ToDoubleFunction<WorkerReport> part) {
    return reports.stream().mapToDouble(part).max().orElse(0);
  }
}
