package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectPlanner;
import io.robusttrain.evaluate.plan.SubjectRequest;

/**
 * A model that classifies what another one's perturbations look like.
 *
 * @param name in tables; no two judges of an analysis have the same
 * @param source of the model, before any images
 */
public record Judge(String name, SubjectSource source) {
  /**
   * Finds a judge.
   *
   * @param request with the images of the analysis, whose classes must be the judge's
   * @throws EvaluationException if there is no such model, or it has other classes, or names them
   *     otherwise
   */
  public static Judge of(String name, SubjectRequest request, SubjectPlanner planner) {
    try {
      Subject subject = planner.plan(request);
      requireSameClasses(subject);
      return new Judge(name, new SubjectSource(subject, request, planner));
    } catch (EvaluationException wrong) {
      throw new EvaluationException(
          "--judge %s: %s".formatted(name, wrong.getMessage().replaceFirst("^--model: ", "")),
          wrong);
    }
  }

  /** A judge whose file names no classes is taken to have those of the data. */
  private static void requireSameClasses(Subject subject) {
    subject
        .differentClass()
        .ifPresent(
            words -> {
              throw new EvaluationException(
                  "its %s; take a judge that was trained on the classes of the data in their order"
                      .formatted(words));
            });
  }

  /** What its answers depend on, as names and values. */
  ObjectNode identity() {
    return source.modelIdentity();
  }

  /** The judge before all images of a data set. */
  Subject before(String data) {
    return source.read(data);
  }
}
