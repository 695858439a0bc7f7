package io.robusttrain.train.plan;

import java.util.Comparator;
import java.util.List;

/**
 * The plans of a run's stages, one after the other; of a run without stages, its plan. Made by
 * {@link RunPlanner}.
 *
 * @param stages at least one, with as many executors each
 */
public record StagedPlan(List<RunPlan> stages) {
  public StagedPlan {
    stages = List.copyOf(stages);
  }

  /** The plan of the last stage, as whose all are validated. */
  public RunPlan last() {
    return stages.get(stages.size() - 1);
  }

  /** The plan of the stage that needs most memory on an executor. */
  public RunPlan largest() {
    return stages.stream()
        .max(
            Comparator.comparingLong(
                plan -> plan.memory().nativeBytes() + plan.memory().heapBytes()))
        .orElseThrow();
  }

  /** The stage of the last step that is done; the first one before any is. */
  public RunPlan doing(long completedSteps) {
    return stages.get(last().course().spanOf(Math.max(0, completedSteps - 1)));
  }

  /** The stage of the next step; the last one that the run begins, if it has come to its end. */
  public RunPlan next(long completedSteps) {
    Course course = last().course();
    return stages.get(course.spanOf(Math.min(completedSteps, course.totalSteps() - 1)));
  }

  /**
   * How many of the executors that are there this run can use: so many that the micro-batches of
   * each stage can be shared equally, and no more than planned.
   *
   * @param available at least 1
   * @return at least 1
   */
  public int usableExecutors(int available) {
    int workers = Math.min(available, last().topology().executors());
    while (workers > 1 && !shared(workers)) {
      workers--;
    }
    return workers;
  }

  private boolean shared(int workers) {
    return stages.stream().allMatch(plan -> plan.isSharedBy(workers));
  }
}
