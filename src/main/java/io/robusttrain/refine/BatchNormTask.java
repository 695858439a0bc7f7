package io.robusttrain.refine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.run.BlockTask;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.evaluate.run.ModelAccess;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The mean and unbiased variance that each batch norm sees in a training pass over one block of
 * clean images.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record BatchNormTask(int block, long[] ids) implements BlockTask {
  static final String STAGE = "batch-norm";

  private static final long serialVersionUID = 1L;

  @Override
  public String file() {
    return BlockTask.file(STAGE, block);
  }

  @Override
  public ObjectNode run(EvaluationJob job, ModelAccess model) throws IOException {
    byte[] bytes = Subjects.read(job, ids);
    float[] statistics = model.compute(classifier -> measure(job, classifier, bytes));
    ObjectNode outcome = Json.object();
    outcome.set("ids", Json.node(ids));
    outcome.set("statistics", Json.node(statistics));
    return outcome;
  }

  private float[] measure(EvaluationJob job, Classifier classifier, byte[] bytes) {
    ComputeDevice device = job.device();
    try (PointerScope scope = new PointerScope();
        BatchStatistics statistics = new BatchStatistics(job.architecture().layout(), device)) {
      Tensor pixels = Tensors.pixels(bytes, device, ids.length, 3, job.side(), job.side());
      ForwardPass pass = ForwardPass.train(statistics, SeedKey.of(0));
      Tensors.unrecorded(() -> classifier.forward(pixels, pass));
      return Tensors.toArray(statistics.flat());
    }
  }
}
