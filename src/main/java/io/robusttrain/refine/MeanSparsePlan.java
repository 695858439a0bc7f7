package io.robusttrain.refine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectPlanner;
import io.robusttrain.evaluate.plan.SubjectRequest;
import io.robusttrain.model.ModelOptions;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

/**
 * What is sparsified and how, checked before anything is computed.
 *
 * @param subject the model, and the images on which its activations are measured
 * @param alpha reach of the sparsification in standard deviations, at least 0
 */
public record MeanSparsePlan(Subject subject, double alpha) {
  /** Checks alpha and the model. */
  public MeanSparsePlan {
    if (!(alpha >= 0) || Double.isInfinite(alpha)) {
      throw new EvaluationException(
          "--alpha: standard deviations are a number of at least 0, not %s".formatted(alpha));
    }
    if (subject.model().architecture().arguments().containsKey(ModelOptions.MEAN_SPARSE)) {
      throw new CheckpointException(
          "%s is sparsified already. Name the model that it was made of; with another alpha it is evaluated by --arg %s=%s."
              .formatted(subject.model().path(), ModelOptions.MEAN_SPARSE, alpha));
    }
  }

  /**
   * Reads the model and finds the images.
   *
   * @param request both
   * @param planner of subjects
   * @param hadoop names the file systems
   * @throws CheckpointException if the model is none of this project, or damaged
   */
  public static MeanSparsePlan of(
      SubjectRequest request, double alpha, SubjectPlanner planner, Configuration hadoop)
      throws IOException {
    Ingredient.open(request.model().path(), hadoop);
    return new MeanSparsePlan(Subjects.forStatistics(planner, request), alpha);
  }

  /** Everything that the result depends on, as names and values. */
  ObjectNode identity() {
    return subject.identity(Json.object().put("work", ActivationTask.STAGE).put("alpha", alpha));
  }
}
