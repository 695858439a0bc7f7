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
import io.robusttrain.report.Alarm;
import io.robusttrain.report.HtmlReport;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.ResultTable;
import io.robusttrain.report.RunDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Supplier;

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
  private final Probe probe;
  private Supplier<List<Alarm>> incidents = List::of;

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
    this.probe = new Probe(engine, plan);
  }

  /** Creates the workers of a plan on their executors. */
  public static io.robusttrain.engine.WorkerFactory workerFactory(RunPlan plan) {
    return plan.job();
  }

  /**
   * Tells of what happened to the run before.
   *
   * @param alarms asked for when training is about to begin
   * @return this run
   */
  public TrainingRun after(Supplier<List<Alarm>> alarms) {
    incidents = alarms;
    return this;
  }

  /**
   * Trains to the end.
   *
   * @param screen for progress
   * @return accuracies of all epochs and where the best model is
   * @throws GuardException if training cannot go on
   */
  public ResultTable train(PrintStream screen) throws IOException {
    PrecisionCheck.run(engine, plan, start.weights(), screen);
    start.checkpoint().ifPresent(checkpoints::restore);
    RunProgress progress = start.progress();
    if (progress.rollbacks() > 0) {
      checkpoints.scaleRates(progress.rateScale());
    }
    MetricsLog.Again again = MetricsLog.Again.NOTHING;
    StartingPoint from = start;
    while (true) {
      BestModel best = BestModel.of(directory, store, plan.job().clock().epoch(from.firstStep()));
      if (!trainFrom(from, progress, again, best, screen)) {
        return report(best);
      }
      from = StartingPoint.find(plan, directory.path(), directory.fileSystem().getConf());
      progress = from.progress().backFrom(progress);
      again = MetricsLog.Again.ALARMS;
      from.checkpoint().ifPresentOrElse(checkpoints::restore, checkpoints::restart);
      checkpoints.scaleRates(progress.rateScale());
      screen.printf(
          "going on from epoch %d with %s times the learning rate%n",
          plan.job().clock().epoch(from.firstStep()) + 1, progress.rateScale());
    }
  }

  /** Trains to the end, or to where the run must go back: then the answer is true. */
  private boolean trainFrom(
      StartingPoint from,
      RunProgress progress,
      MetricsLog.Again again,
      BestModel best,
      PrintStream screen)
      throws IOException {
    long firstStep = from.firstStep();
    int firstEpoch = plan.job().clock().epoch(firstStep);
    try (RunOutputs outputs =
        RunOutputs.open(plan, directory, firstEpoch, progress, again, screen)) {
      for (Alarm incident : incidents.get()) {
        outputs.alarm(incident);
      }
      incidents = List::of;
      Guards guards = new Guards(plan, probe, outputs, progress, metrics().steps());
      engine.run(from.weights(), firstStep, plan.totalSteps(), new Observer(outputs, best, guards));
      return guards.goesBack();
    } catch (GuardException stopped) {
      // The table and the report show what led here.
      screen.println(report(best).render());
      throw stopped;
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }

  private MetricsLog.Content metrics() throws IOException {
    return MetricsLog.read(directory.fileSystem(), directory.metrics());
  }

  /** The driver's work between steps. */
  private final class Observer implements StepObserver {
    private final RunOutputs outputs;
    private final BestModel best;
    private final Guards guards;

    Observer(RunOutputs outputs, BestModel best, Guards guards) {
      this.outputs = outputs;
      this.best = best;
      this.guards = guards;
    }

    @Override
    public void onStep(StepReport report) {
      if (guards.goesBack()) {
        return;
      }
      try {
        outputs.step(report);
        guards.step(report);
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }

    @Override
    public boolean wantsEnd() {
      return guards.goesBack();
    }

    @Override
    public boolean pausesAfter(long step) {
      return endsEpoch(step) || guards.probesAfter(step);
    }

    private boolean endsEpoch(long step) {
      return plan.job().clock().stepInEpoch(step) == plan.stepsPerEpoch() - 1;
    }

    @Override
    public void onPause(long completedSteps) {
      if (guards.goesBack()) {
        return;
      }
      try {
        pause(completedSteps);
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }

    private void pause(long completedSteps) throws IOException {
      long step = completedSteps - 1;
      float[] weights = engine.weights();
      if (guards.probesAfter(step)) {
        guards.probe(weights, step);
      }
      if (!guards.goesBack() && (endsEpoch(step) || completedSteps == plan.totalSteps())) {
        endEpoch(completedSteps, weights);
      }
    }

    private void endEpoch(long completedSteps, float[] raw) throws IOException {
      int epoch = plan.job().clock().epoch(completedSteps - 1);
      boolean last = completedSteps == plan.totalSteps();
      boolean validated = last || (epoch + 1) % plan.config().validation().every() == 0;
      boolean wholeEpoch = completedSteps % plan.stepsPerEpoch() == 0;
      boolean saved = wholeEpoch && (last || (epoch + 1) % plan.config().checkpoint().every() == 0);
      Map<WeightsKind, float[]> weights = validated || saved ? averages.beside(raw) : Map.of();
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
      if (validated) {
        guards.validated(completedSteps - 1, counts.get(WeightsKind.RAW));
      }
      if (saved) {
        Optional<Scores> scores = cards.get(WeightsKind.RAW).scores();
        checkpoints.write(
            weights, cards, state(epoch + 1, completedSteps, scores, guards.progress()));
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

  private TrainingState state(int epoch, long step, Optional<Scores> scores, RunProgress progress) {
    Map<String, String> world = new TreeMap<>(progress.facts());
    world.put("workers", Integer.toString(engine.topology().workers()));
    world.put("replicas", Integer.toString(engine.topology().replicas()));
    world.put("steps_per_epoch", Integer.toString(plan.stepsPerEpoch()));
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
    MetricsLog.Content content = metrics();
    ResultTable table =
        new ResultTable(
            content.epochs(),
            best.scores().map(found -> OptionalInt.of(found.epoch())).orElse(OptionalInt.empty()),
            best.scores().map(Scores::weights).orElse(WeightsKind.RAW),
            directory.best(),
            directory.path(),
            content.alarms());
    if (plan.config().report().html()) {
      new HtmlReport(directory.path().getName(), table, content, configText, provenance)
          .write(directory);
    }
    return table;
  }
}
