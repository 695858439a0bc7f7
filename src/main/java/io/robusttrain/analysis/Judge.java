package io.robusttrain.analysis;

import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectPlanner;
import io.robusttrain.evaluate.plan.SubjectRequest;

/**
 * A model that classifies what another one's perturbations look like.
 *
 * @param name in tables; no two judges of an analysis have the same
 * @param request its weights, and how images become its input
 * @param sha256 of its file
 * @param planner finds its images once there are any
 */
public record Judge(String name, SubjectRequest request, String sha256, SubjectPlanner planner) {
  /**
   * Finds a judge.
   *
   * @param request with the images of the analysis, whose classes must be the judge's
   * @throws EvaluationException if there is no such model, or it has other classes
   */
  public static Judge of(String name, SubjectRequest request, SubjectPlanner planner) {
    try {
      Subject subject = planner.plan(request);
      return new Judge(name, request, subject.model().sha256(), planner);
    } catch (EvaluationException wrong) {
      throw new EvaluationException(
          "--judge %s: %s".formatted(name, wrong.getMessage().replaceFirst("^--model: ", "")),
          wrong);
    }
  }

  /** The judge before all images of a data set. */
  Subject before(String data) {
    return planner.plan(request.on(data));
  }
}
