package io.robusttrain.refine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.evaluate.run.StageRunner;
import io.robusttrain.model.Architecture;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.Segment;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Measures the running statistics of batch norms anew, as {@code torch.optim.swa_utils.update_bn}
 * does: each block of images passes as a training batch, without drop path, and the means and
 * unbiased variances that it saw are averaged over the blocks, by their images. Averaged weights
 * need that: their features are none of those that the averaged running statistics are of.
 */
final class BatchNorms {
  private final Subject images;
  private final Bench bench;

  /**
   * Measures on some images.
   *
   * @param images with any model of the kind
   */
  BatchNorms(Subject images, Bench bench) {
    this.images = images;
    this.bench = bench;
  }

  /**
   * Weights with running statistics of their own.
   *
   * @param weights the flat vector (P); not changed
   * @param folder of the measurement
   */
  float[] measured(float[] weights, EvaluationFolder folder) throws IOException {
    Architecture still = Subjects.network(images, Ingredient.DROP_PATH, 0.0);
    Subject subject = Subjects.with(images, still, weights, Optional.empty());
    String fingerprint = Subjects.fingerprint(subject, BatchNormTask.STAGE);
    List<BatchNormTask> tasks = Subjects.blocks(subject, BatchNormTask::new);
    ParameterLayout layout = still.layout();
    int start = layout.start(Segment.STATISTICS);
    WeightedMean mean = new WeightedMean(layout.size() - start);
    try (StageRunner runner =
        new StageRunner(
            bench.spark(),
            EvaluationJob.of(subject, fingerprint, folder),
            weights,
            bench.listener(),
            1,
            bench.partitions())) {
      for (ObjectNode block : runner.run(0, "batch norm", "stages/" + BatchNormTask.STAGE, tasks)) {
        mean.add(Json.array(block, "statistics", float[].class), block.path("ids").size());
      }
    }
    float[] measured = weights.clone();
    System.arraycopy(mean.mean(), 0, measured, start, layout.size() - start);
    return measured;
  }
}
