package io.robusttrain.app.eval;

import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.Versions;
import io.robusttrain.evaluate.EvaluationOutput;
import io.robusttrain.evaluate.RobustEvaluation;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.plan.EvaluationPlanner;
import io.robusttrain.evaluate.plan.EvaluationRequest;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.result.EvaluationResult;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationListener;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;

/** An evaluation on the cluster that spark-submit names, or in a context that runs already. */
public final class EvalLauncher {
  private final SparkPlace place;
  private final PrintStream screen;
  private final EvaluationListener listener;

  /**
   * A launcher; nothing is started yet.
   *
   * @param spark spark-submit's settings
   * @param screen where progress and warnings go
   */
  EvalLauncher(SparkConf spark, PrintStream screen) {
    this(SparkPlace.submitted(spark), screen, EvaluationListener.NOBODY);
  }

  /**
   * A launcher; nothing is started yet.
   *
   * @param place where the work runs
   * @param screen where progress and warnings go
   * @param listener hears of them, too
   */
  public EvalLauncher(SparkPlace place, PrintStream screen, EvaluationListener listener) {
    this.place = place;
    this.screen = screen;
    this.listener = listener;
  }

  /**
   * Evaluates, or continues an evaluation.
   *
   * @param request what is asked for
   * @param output the directory of the result
   * @param partitions into which blocks are grouped; empty: each is a task of its own
   */
  public EvaluationResult run(EvaluationRequest request, String output, OptionalInt partitions)
      throws IOException {
    EvalSpark cluster = new EvalSpark(place, screen, listener, request.subject().threads());
    Configuration hadoop = cluster.hadoop();
    EvaluationPlan plan = new EvaluationPlanner(hadoop, Versions.software()).plan(request);
    EvaluationOutput claimed = EvaluationOutput.claim(EvaluationFolder.at(output, hadoop), plan);
    Optional<EvaluationResult> finished = claimed.result();
    if (finished.isPresent()) {
      screen.println("the evaluation in " + output + " is finished");
      return finished.get();
    }
    Subject subject = plan.subject();
    subject.model().lines().forEach(screen::println);
    screen.printf(
        "evaluating %d images (%s) with %s in at most %d blocks a stage, %d thread(s) each%n",
        subject.count(),
        subject.samples(),
        plan.attackSet(),
        subject.cut(subject.count()).blocks(),
        subject.threads());
    return cluster.run(
        "RobustEval " + subject.model().architecture().name(),
        (context, progress) ->
            new RobustEvaluation(plan, claimed, progress).run(context, partitions));
  }
}
