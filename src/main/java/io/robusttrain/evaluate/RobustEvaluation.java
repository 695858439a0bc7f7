package io.robusttrain.evaluate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.evaluate.plan.Coverage;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.plan.PlannedAttack;
import io.robusttrain.evaluate.result.CleanAccuracyException;
import io.robusttrain.evaluate.result.CleanCheck;
import io.robusttrain.evaluate.result.CleanOutcome;
import io.robusttrain.evaluate.result.EvaluationResult;
import io.robusttrain.evaluate.result.Flag;
import io.robusttrain.evaluate.result.Round;
import io.robusttrain.evaluate.result.StageOutcome;
import io.robusttrain.evaluate.result.Suspicions;
import io.robusttrain.evaluate.run.AttackTask;
import io.robusttrain.evaluate.run.CleanTask;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.evaluate.run.ImageBlock;
import io.robusttrain.evaluate.run.StageRunner;
import io.robusttrain.tensor.NativeRuntime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Runs a plan: the clean stage, its checks, the attacks, the result. Everything that was committed
 * by an earlier process with the same plan is taken as it is.
 */
public final class RobustEvaluation {
  private final EvaluationPlan plan;
  private final EvaluationOutput output;
  private final EvaluationListener listener;

  /**
   * An evaluation; nothing is computed yet.
   *
   * @param output claimed for this plan
   * @param listener hears of stages and warnings
   */
  public RobustEvaluation(
      EvaluationPlan plan, EvaluationOutput output, EvaluationListener listener) {
    this.plan = plan;
    this.output = output;
    this.listener = listener;
  }

  /**
   * Computes what is missing and writes the result.
   *
   * @param spark a running context; the caller closes it
   * @param partitions into which the blocks of a stage are grouped; empty: each is a task of its
   *     own. The result does not depend on it
   * @throws CleanAccuracyException if the clean accuracy is not the checkpoint's
   */
  public EvaluationResult run(JavaSparkContext spark, OptionalInt partitions) throws IOException {
    Optional<EvaluationResult> finished = output.result();
    if (finished.isPresent()) {
      return finished.get();
    }
    NativeRuntime.load();
    EvaluationJob job = EvaluationJob.of(plan.subject(), plan.fingerprint(), output.folder());
    CleanOutcome clean;
    List<Flag> flags;
    List<Round> rounds = new ArrayList<>();
    try (StageRunner runner =
        new StageRunner(
            spark, job, plan.subject().model().weights(), listener, plan.stages(), partitions)) {
      clean = clean(runner);
      flags = new ArrayList<>(CleanCheck.check(plan.subject(), clean));
      flags.forEach(flag -> listener.warning(flag.text()));
      for (int round = 0; round < plan.radii().size(); round++) {
        rounds.add(attack(runner, clean, round));
      }
    }
    List<Flag> suspicions = Suspicions.of(plan, clean, rounds);
    suspicions.forEach(flag -> listener.warning(flag.text()));
    flags.addAll(suspicions);
    return output.write(new ResultJson(plan, clean, rounds, flags), clean, rounds);
  }

  private CleanOutcome clean(StageRunner runner) throws IOException {
    return CleanOutcome.of(
        runner.run(0, "clean", CleanTask.DIRECTORY, CleanTask.of(plan.subject())));
  }

  private Round attack(StageRunner runner, CleanOutcome clean, int number) throws IOException {
    Round round = new Round(plan.radii().get(number), clean);
    for (PlannedAttack stage : plan.attacks()) {
      if (stage.round() == number) {
        int[] rows = plan.coverage() == Coverage.ALL_CORRECT ? clean.correct() : round.standing();
        List<ObjectNode> blocks =
            runner.run(
                stage.number(), stage.words(), "stages/" + stage.id(), tasks(stage, rows, clean));
        round.add(StageOutcome.of(stage, rows, blocks));
      }
    }
    return round;
  }

  private List<AttackTask> tasks(PlannedAttack stage, int[] rows, CleanOutcome clean) {
    ThreatModel threat = new ThreatModel(plan.norm(), stage.epsilon());
    List<AttackTask> tasks = new ArrayList<>();
    for (ImageBlock images : clean.blocks(plan.subject(), rows)) {
      tasks.add(
          new AttackTask(stage.id(), tasks.size(), threat, stage.attack(), plan.seed(), images));
    }
    return tasks;
  }
}
