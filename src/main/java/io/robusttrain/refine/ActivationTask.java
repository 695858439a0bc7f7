package io.robusttrain.refine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.run.BlockTask;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.evaluate.run.ModelAccess;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** What the activation functions get of one block of clean images, see {@link ChannelMoments}. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ActivationTask(int block, long[] ids) implements BlockTask {
  static final String STAGE = "activations";

  private static final long serialVersionUID = 1L;

  @Override
  public String file() {
    return BlockTask.file(STAGE, block);
  }

  /**
   * Measures.
   *
   * @param model one of {@link MeasuredActivations}
   */
  @Override
  public ObjectNode run(EvaluationJob job, ModelAccess model) throws IOException {
    byte[] bytes = Subjects.read(job, ids);
    double[][] moments = model.compute(classifier -> measure(job, classifier, bytes));
    ObjectNode outcome = Json.object();
    outcome.set("ids", Json.node(ids));
    outcome.set("moments", Json.node(moments));
    return outcome;
  }

  private double[][] measure(EvaluationJob job, Classifier classifier, byte[] bytes) {
    try (PointerScope scope = new PointerScope()) {
      Tensor pixels = Tensors.pixels(bytes, job.device(), ids.length, 3, job.side(), job.side());
      Tensor moments = Tensors.unrecorded(() -> classifier.forward(pixels, ForwardPass.eval()));
      double[][] rows = new double[3][];
      for (int row = 0; row < rows.length; row++) {
        rows[row] = Tensors.toDoubles(moments.select(0, row));
      }
      return rows;
    }
  }
}
