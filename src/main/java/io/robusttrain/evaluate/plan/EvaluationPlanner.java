package io.robusttrain.evaluate.plan;

import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.ThreatModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** Turns a request into a plan, or says what stands against it, before anything is started. */
public final class EvaluationPlanner {
  private final SubjectPlanner subjects;

  /**
   * A planner for one set of file systems.
   *
   * @param hadoop names the file systems
   * @param versions of the software, by name
   */
  public EvaluationPlanner(Configuration hadoop, Map<String, String> versions) {
    this.subjects = new SubjectPlanner(hadoop, versions);
  }

  /**
   * Checks a request against its model and its data.
   *
   * @throws EvaluationException if they do not fit
   * @throws io.robusttrain.data.DataException if the data is unusable
   * @throws io.robusttrain.checkpoint.tensors.CheckpointException if the weights are
   */
  public EvaluationPlan plan(EvaluationRequest request) {
    return plan(subjects.plan(request.subject()), request.attacks());
  }

  /**
   * Checks attacks against their subject.
   *
   * @throws EvaluationException if they do not fit
   */
  public static EvaluationPlan plan(Subject subject, AttackRequest request) {
    AttackSet set = new AttackSet(request.attacks());
    Coverage coverage =
        set.leastCoverage() == Coverage.ALL_CORRECT ? Coverage.ALL_CORRECT : request.coverage();
    int classes = subject.images().classNames().size();
    return new EvaluationPlan(
        subject,
        set.name(),
        request.norm(),
        request.radii(),
        attacks(request, set, classes),
        coverage,
        request.seed());
  }

  private static List<PlannedAttack> attacks(AttackRequest request, AttackSet set, int classes) {
    List<PlannedAttack> planned = new ArrayList<>();
    for (int round = 0; round < request.radii().size(); round++) {
      double epsilon = request.radii().get(round);
      // At radius 0 there is nothing to attack: the clean accuracy is the answer.
      if (epsilon > 0) {
        for (EvaluationAttack attack :
            set.attacks(new ThreatModel(request.norm(), epsilon), classes)) {
          planned.add(new PlannedAttack(planned.size() + 1, round, epsilon, attack));
        }
      }
    }
    return planned;
  }
}
