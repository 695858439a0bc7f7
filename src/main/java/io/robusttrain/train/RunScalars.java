package io.robusttrain.train;

import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.ScalarSink;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.train.guard.Probe;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** The curves of a run in TensorBoard. Does nothing without a sink. */
final class RunScalars implements Closeable {
  private final Optional<ScalarSink> sink;

  RunScalars(Optional<ScalarSink> sink) {
    this.sink = sink;
  }

  /**
   * Adds a step to the curves.
   *
   * @param adversarialTop1 fraction of the attacked images that were classified right
   */
  void step(StepMetrics line, double adversarialTop1) throws IOException {
    if (sink.isEmpty()) {
      return;
    }
    long step = line.step();
    sink.get().scalar("train/loss", line.loss(), step);
    sink.get().scalar("train/eps", line.eps(), step);
    sink.get().scalar("train/lr", line.lr(), step);
    sink.get().scalar("train/grad_norm", line.gradNorm(), step);
    sink.get().scalar("train/images_per_s", line.imagesPerSecond(), step);
    sink.get().scalar("train/adversarial_top1", adversarialTop1, step);
  }

  /** Adds what a probe found after a step. */
  void probe(Probe.Result result, long step) throws IOException {
    if (sink.isPresent()) {
      sink.get().scalar("probe/one_step_top1", result.oneStep(), step);
      sink.get().scalar("probe/many_steps_top1", result.manySteps(), step);
    }
  }

  /**
   * Adds an epoch to the curves and writes them.
   *
   * @param counts of the trained weights, if they were validated
   * @param liveHandles native tensors of the executor that reported last
   */
  void epoch(
      EpochMetrics line, Optional<EvaluationCounts> counts, long completedSteps, long liveHandles)
      throws IOException {
    if (sink.isEmpty()) {
      return;
    }
    ScalarSink curves = sink.get();
    // Of the executor that holds most: growth over epochs is a leak.
    curves.scalar("executor/resident_mb", line.rssMb(), completedSteps);
    curves.scalar("executor/live_handles", (double) liveHandles, completedSteps);
    if (counts.isPresent()) {
      curves.scalar("val/clean_top1", line.cleanTop1(), completedSteps);
      curves.scalar("val/fgsm_top1", line.fgsmTop1(), completedSteps);
      curves.scalar("val/clean_top5", counts.get().clean().top5Accuracy(), completedSteps);
      curves.scalar("val/fgsm_top5", counts.get().adversarial().top5Accuracy(), completedSteps);
    }
    for (WeightsKind kind : WeightsKind.values()) {
      EpochMetrics.Accuracy average = line.averages().get(kind);
      if (average != null) {
        String prefix = "val/" + kind.word();
        curves.scalar(prefix + "_clean_top1", average.cleanTop1(), completedSteps);
        curves.scalar(prefix + "_fgsm_top1", average.fgsmTop1(), completedSteps);
      }
    }
    curves.flush();
  }

  @Override
  public void close() throws IOException {
    if (sink.isPresent()) {
      sink.get().close();
    }
  }
}
