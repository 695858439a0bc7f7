package io.robusttrain.train;

import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.ModelCard;
import io.robusttrain.checkpoint.Provenance;
import io.robusttrain.checkpoint.Scores;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.WeightsKind;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.report.HtmlReport;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.ResultTable;
import io.robusttrain.report.RunDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * One run from its first step, or from its newest checkpoint, to its report. After each epoch the
 * weights are gathered, validated, offered as the best and saved: the score that selects is the
 * score of the saved file. Used from one thread.
 */
public final class TrainingRun {
  private final RunPlan plan;
  private final StartingPoint start;
  private final RunDirectory directory;
  private final TrainingEngine engine;
  private final String configText;
  private final TreeMap<String, String> provenance;
  private final CheckpointStore store;
  private final Checkpoints checkpoints;
  private final Validator validator;
  private final Averages averages;

  /**
   * A run.
   *
   * @param plan checked
   * @param start found for this plan and directory
   * @param directory opened, new or continued
   * @param engine whose workers were made by {@link #workerFactory}
   * @param configText the effective configuration
   * @param provenance what the run's files say of their origin
   */
  public TrainingRun(
      RunPlan plan,
      StartingPoint start,
      RunDirectory directory,
      TrainingEngine engine,
      String configText,
      Map<String, String> provenance) {
    this.plan = plan;
    this.start = start;
    this.directory = directory;
    this.engine = engine;
    this.configText = configText;
    this.provenance = new TreeMap<>(provenance);
    this.store = new CheckpointStore(directory.fileSystem(), directory.checkpoints());
    this.checkpoints = new Checkpoints(store, engine, plan.architecture());
    this.validator = new Validator(engine, plan.validation());
    this.averages = new Averages(engine, plan);
  }

  /** Creates the workers of a plan on their executors. */
  public static io.robusttrain.engine.WorkerFactory workerFactory(RunPlan plan) {
    return plan.job();
  }

  /**
   * Trains to the end.
   *
   * @param screen for progress
   * @return accuracies of all epochs and where the best model is
   * @throws GuardException if training cannot go on
   */
  public ResultTable train(PrintStream screen) throws IOException {
    float[] weights = start.weights();
    PrecisionCheck.run(engine, plan, weights, screen);
    start.checkpoint().ifPresent(checkpoints::restore);
    long firstStep = start.firstStep();
    int firstEpoch = plan.job().clock().epoch(firstStep);
    BestModel best = BestModel.of(directory, store, firstEpoch);
    try (RunOutputs outputs = RunOutputs.open(plan, directory, firstEpoch, screen)) {
      engine.run(weights, firstStep, plan.totalSteps(), new Observer(outputs, best));
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
    return report(best);
  }

  /** The driver's work between steps. */
  private final class Observer implements StepObserver {
    private final RunOutputs outputs;
    private final BestModel best;

    Observer(RunOutputs outputs, BestModel best) {
      this.outputs = outputs;
      this.best = best;
    }

    @Override
    public void onStep(StepReport report) {
      try {
        outputs.step(report);
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
      if (!Double.isFinite(report.loss()) || !Double.isFinite(report.gradientNorm())) {
        throw new GuardException(
            "step %d (epoch %d): loss %s, gradient norm %s: lower optim.lr, lengthen lr-schedule.warmup-epochs or set optim.clip-grad-norm, and submit the run id again to go on from its newest checkpoint"
                .formatted(
                    report.step(),
                    plan.job().clock().epoch(report.step()) + 1,
                    report.loss(),
                    report.gradientNorm()));
      }
    }

    @Override
    public boolean pausesAfter(long step) {
      return plan.job().clock().stepInEpoch(step) == plan.stepsPerEpoch() - 1;
    }

    @Override
    public void onPause(long completedSteps) {
      try {
        endEpoch(completedSteps);
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }

    private void endEpoch(long completedSteps) throws IOException {
      int epoch = plan.job().clock().epoch(completedSteps - 1);
      boolean last = completedSteps == plan.totalSteps();
      boolean validated = last || (epoch + 1) % plan.config().validation().every() == 0;
      boolean wholeEpoch = completedSteps % plan.stepsPerEpoch() == 0;
      boolean saved = wholeEpoch && (last || (epoch + 1) % plan.config().checkpoint().every() == 0);
      Map<WeightsKind, float[]> weights =
          validated || saved ? averages.beside(engine.weights()) : Map.of();
      Map<WeightsKind, EvaluationCounts> counts = new EnumMap<>(WeightsKind.class);
      Map<WeightsKind, ModelCard> cards = new EnumMap<>(WeightsKind.class);
      for (WeightsKind kind : weights.keySet()) {
        if (validated) {
          counts.put(kind, validator.validate(weights.get(kind)));
        }
        Optional<Scores> scores =
            Optional.ofNullable(counts.get(kind)).map(found -> scores(epoch, kind, found));
        cards.put(kind, plan.card(scores, provenance));
        if (scores.isPresent()) {
          best.offer(
              scores.get(),
              cards.get(kind),
              ModelTensors.of(plan.architecture(), weights.get(kind), completedSteps));
        }
      }
      outputs.epoch(epoch, completedSteps, counts);
      if (saved) {
        checkpoints.write(
            weights, cards, state(epoch + 1, completedSteps, cards.get(WeightsKind.RAW).scores()));
        store.retain(
            plan.config().checkpoint().keep(),
            best.scores().map(found -> CheckpointStore.name(found.epoch() + 1)));
      }
    }
  }

  private Scores scores(int epoch, WeightsKind kind, EvaluationCounts counts) {
    return new Scores(
        epoch,
        counts.clean().samples(),
        plan.validation().evaluation().attack().threat().epsilon(),
        counts.clean().top1Accuracy(),
        counts.clean().top5Accuracy(),
        counts.adversarial().top1Accuracy(),
        counts.adversarial().top5Accuracy(),
        kind);
  }

  private TrainingState state(int epoch, long step, Optional<Scores> scores) {
    Map<String, String> world =
        Map.of(
            "workers", Integer.toString(engine.topology().workers()),
            "replicas", Integer.toString(engine.topology().replicas()),
            "steps_per_epoch", Integer.toString(plan.stepsPerEpoch()));
    return TrainingState.of(
        epoch,
        step,
        plan.config().run().seed(),
        plan.card(scores, provenance).architecture(),
        world,
        scores,
        configText,
        Provenance.of(provenance));
  }

  private ResultTable report(BestModel best) throws IOException {
    MetricsLog.Content content = MetricsLog.read(directory.fileSystem(), directory.metrics());
    ResultTable table =
        new ResultTable(
            content.epochs(),
            best.scores().map(found -> OptionalInt.of(found.epoch())).orElse(OptionalInt.empty()),
            best.scores().map(Scores::weights).orElse(WeightsKind.RAW),
            directory.best(),
            directory.path());
    if (plan.config().report().html()) {
      new HtmlReport(directory.path().getName(), table, content, configText, provenance)
          .write(directory);
    }
    return table;
  }
}
