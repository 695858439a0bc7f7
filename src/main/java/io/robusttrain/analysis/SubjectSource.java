package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectPlanner;
import io.robusttrain.evaluate.plan.SubjectRequest;
import java.util.List;

/**
 * A model with its images that was planned, and is read again when its turn comes: of many models
 * no more than one has its weights in memory. What is read is what was planned, or nothing.
 * Immutable.
 */
public final class SubjectSource {
  /** What an identity says of the model alone, not of its images. */
  private static final List<String> OF_THE_MODEL =
      List.of("model", "model_sha256", "preprocessing", "weights_key");

  private final SubjectRequest request;
  private final SubjectPlanner planner;
  private final ObjectNode identity;

  /**
   * Remembers what was planned; the weights of {@code planned} are not kept.
   *
   * @param request that {@code planned} was planned for
   * @param planner that planned it, and plans it again
   */
  public SubjectSource(Subject planned, SubjectRequest request, SubjectPlanner planner) {
    this.request = request;
    this.planner = planner;
    this.identity = planned.identity(Json.object());
  }

  /** Everything that results depend on beside the analysis, as names and values. */
  ObjectNode identity() {
    return identity.deepCopy();
  }

  /** The part of the identity that the model has before any images. */
  ObjectNode modelIdentity() {
    return identity().retain(OF_THE_MODEL);
  }

  /**
   * Reads the model and its images.
   *
   * @throws EvaluationException if they are no longer what was planned
   */
  Subject read() {
    Subject subject = planner.plan(request);
    requireSame(identity, subject.identity(Json.object()));
    return subject;
  }

  /**
   * Reads the model with all images of split validation of another data set.
   *
   * @throws EvaluationException if the model is no longer what was planned
   */
  Subject read(String data) {
    Subject subject = planner.plan(request.on(data));
    requireSame(modelIdentity(), subject.identity(Json.object()).retain(OF_THE_MODEL));
    return subject;
  }

  private void requireSame(ObjectNode planned, ObjectNode found) {
    List<String> differences = Requirements.differences(planned, found);
    if (!differences.isEmpty()) {
      throw new EvaluationException(
          "%s is not what it was when the analysis began: %s. Let nothing write there, and repeat the command with another --output"
              .formatted(request.model().path(), String.join(", ", differences)));
    }
  }
}
