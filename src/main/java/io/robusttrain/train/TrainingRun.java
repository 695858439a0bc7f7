package io.robusttrain.train;

import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.config.read.ConfigRenderer;
import io.robusttrain.data.DataException;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.MetricsReader;
import io.robusttrain.report.ResultTable;
import io.robusttrain.report.view.HtmlReport;
import io.robusttrain.report.view.RunFolder;
import io.robusttrain.report.view.RunView;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.train.guard.GapMeasure;
import io.robusttrain.train.guard.Guide;
import io.robusttrain.train.guard.Probe;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.recovery.Progress;
import io.robusttrain.train.recovery.RunControl;
import io.robusttrain.train.recovery.StoragePatience;
import io.robusttrain.train.resume.Checkpoints;
import io.robusttrain.train.resume.StartingPoint;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;

/**
 * One stage of a run from its first step, or from its newest checkpoint, to its end or to the
 * report of the run. After each epoch the weights are gathered and saved, then validated, offered
 * as the best and saved with their scores: the score that selects is the score of the saved file.
 * Between epochs they are saved by steps and by time. A run that goes on from a checkpoint computes
 * what it would have computed. Used from one thread.
 */
public final class TrainingRun {
  private final RunPlan plan;
  private final StartingPoint start;
  private final RunDirectory directory;
  private final TrainingEngine<ReplicaWorker> engine;
  private final RunFiles files;
  private final RunControl control;
  private final CheckpointStore store;
  private final Checkpoints checkpoints;
  private final Guide guide;
  private GapMeasure probe;
  private Supplier<List<Alarm>> incidents = List::of;
  private BooleanSupplier growth = () -> false;
  private LongSupplier nanoTime = System::nanoTime;
  private StoragePatience.Time storageTime = StoragePatience.Time.system();
  private PrecisionCheck precision = new PrecisionCheck();
  private Consumer<Progress> progress = reached -> {};
  private MetricsReader listener = new MetricsReader() {};

  /**
   * A run that can be asked to end, or for a checkpoint.
   *
   * @param start found for this directory; its plan's stage is trained
   * @param directory opened, new or continued
   * @param engine whose workers do the job of the plan
   * @param configText the effective configuration
   * @param provenance what the run's files say of their origin
   * @param control asked after every step
   */
  public TrainingRun(
      StartingPoint start,
      RunDirectory directory,
      TrainingEngine<ReplicaWorker> engine,
      String configText,
      Map<String, String> provenance,
      RunControl control) {
    this.plan = start.plan();
    this.start = start;
    this.directory = directory;
    this.engine = engine;
    this.files = new RunFiles(plan, engine.topology(), configText, new TreeMap<>(provenance));
    this.control = control;
    this.store = directory.checkpointStore(plan.config().checkpoint().commit().toOptional());
    this.checkpoints = new Checkpoints(store, engine, plan);
    this.probe = new Probe(engine, plan)::measure;
    this.guide = new Guide(engine, plan);
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
   * Ends behind a checkpoint with an {@link EngineOutage} where more executors can train.
   *
   * @param more asked behind each checkpoint but the last
   * @return this run
   */
  public TrainingRun growing(BooleanSupplier more) {
    growth = more;
    return this;
  }

  /** Tells somebody how far the run has come in a validation. */
  TrainingRun telling(Consumer<Progress> listener) {
    progress = listener;
    return this;
  }

  /** Tells somebody of steps, epochs and alarms as they are written. */
  TrainingRun heardBy(MetricsReader reader) {
    listener = reader;
    return this;
  }

  /** Leaves it to somebody who knows the run's earlier attempts whether bfloat16 is timed. */
  TrainingRun checkedBy(PrecisionCheck check) {
    precision = check;
    return this;
  }

  /** Goes by another clock than the JVM's, in nanoseconds: {@code checkpoint.every-time} does. */
  TrainingRun timedBy(LongSupplier clock) {
    nanoTime = clock;
    return this;
  }

  /** Goes by other gaps than those of the model. */
  TrainingRun probedBy(GapMeasure measure) {
    probe = measure;
    return this;
  }

  /** Goes by another clock than the JVM's while the storage is away. */
  TrainingRun waitingBy(StoragePatience.Time time) {
    storageTime = time;
    return this;
  }

  /**
   * Trains to the end of the stage.
   *
   * @param screen for progress
   * @return accuracies of all epochs and where the best model is; nothing if the run goes on in
   *     another stage, from its newest checkpoint
   * @throws GuardException if training cannot go on
   * @throws StoppedException if it was asked to end
   * @throws IOException if the best model or the last checkpoint cannot be written; the run can be
   *     submitted again
   */
  public Optional<ResultTable> train(PrintStream screen) throws IOException {
    precision.run(engine, plan, start.weights(), screen);
    StoragePatience storage =
        new StoragePatience(
            plan.config().recovery().storageTimeout(), storageTime, control::requested);
    StartingPoint from = start;
    while (true) {
      StartingPoint here = from;
      BestModel best = storage.begin(() -> goOn(here), screen);
      if (!trainFrom(from, best, screen, storage)) {
        return plan.endsRun()
            ? Optional.of(
                storage.call(
                    () -> report(best, true),
                    away ->
                        screen.printf(
                            "the report waits for the storage (%s)%n", away.getMessage())))
            : Optional.empty();
      }
      from = storage.begin(() -> start.again(directory.path(), hadoop()), screen);
      if (from.plan().stage() != plan.stage()) {
        return Optional.empty();
      }
      if (from.checkpoint().isEmpty()) {
        checkpoints.restart();
      }
      screen.printf(
          "going on from %s with %s times the learning rate%n",
          place(from.firstStep()), from.progress().rateScale());
    }
  }

  private Configuration hadoop() {
    return directory.fileSystem().getConf();
  }

  private String place(long step) {
    int inEpoch = plan.job().clock().stepInEpoch(step);
    String epoch = "epoch %d".formatted(plan.job().clock().epoch(step) + 1);
    return inEpoch == 0 ? epoch : epoch + ", step %d".formatted(step + 1);
  }

  /** Puts the workers where the run goes on; the answer is the best model so far. */
  private BestModel goOn(StartingPoint from) throws IOException {
    for (String name : from.abandoned()) {
      store.discard(name);
    }
    if (from.former().isPresent()) {
      checkpoints.carry(
          from.checkpoint().orElseThrow(), from.former().get(), from.carriedAverages(hadoop()));
    } else {
      from.checkpoint().ifPresent(checkpoints::restore);
    }
    if (from.progress().rollbacks() > 0) {
      checkpoints.scaleRates(from.progress().rateScale());
    }
    guide.begin(from.progress().reinforced());
    EpochKeeper.forgetAfter(from.endedEpochs(), directory);
    boolean guarded = Guards.canGoBack(plan.config().guard());
    return BestModel.of(directory, store, from.endedEpochs(), guarded, files::bringBack);
  }

  /** Trains to the end, or to where the run must go back: then the answer is true. */
  private boolean trainFrom(
      StartingPoint from, BestModel best, PrintStream screen, StoragePatience storage)
      throws IOException {
    try (RunOutputs outputs =
        storage.begin(
            () -> new RunOutputs(plan, directory, from, screen, listener, storage), screen)) {
      for (Alarm incident : incidents.get()) {
        outputs.alarm(incident);
      }
      incidents = List::of;
      RunObserver observer = observer(from, best, outputs);
      if (from.isAtPause()) {
        observer.pauseAt(from);
      }
      if (!observer.wantsEnd()) {
        engine.run(from.weights(), from.firstStep(), plan.endStep(), observer);
      }
      if (observer.stopped().isPresent()) {
        throw observer.stopped().get();
      }
      if (observer.grows()) {
        throw new EngineOutage(
            EngineOutage.Kind.GROWTH,
            "more executors are there than the %d that train"
                .formatted(engine.topology().workers()),
            null);
      }
      // A run that goes back knows by its lines that it did, and lines may be held by now.
      outputs.syncPatiently();
      return observer.wantsEnd();
    } catch (GuardException | DataException stopped) {
      tellOf(stopped, best, screen);
      throw stopped;
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }

  /** The table and the report show what led to a run's end, which counts without them, too. */
  private void tellOf(RuntimeException end, BestModel best, PrintStream screen) {
    try {
      screen.println(report(best, false).render());
    } catch (IOException | RuntimeException failed) {
      screen.printf("the report cannot be written (%s)%n", failed.getMessage());
      end.addSuppressed(failed);
    }
  }

  private RunObserver observer(StartingPoint from, BestModel best, RunOutputs outputs) {
    Guards guards = new Guards(plan, probe, guide, outputs, from.progress(), from.endedEpochs());
    CheckpointCadence cadence =
        new CheckpointCadence(
            plan.config().checkpoint(),
            control,
            plan.config().recovery().storageTimeout(),
            nanoTime);
    CheckpointWriter writer =
        new CheckpointWriter(files, checkpoints, store, cadence, outputs, guards, best);
    Validator validator = new Validator(engine, plan.validation(), nanoTime);
    EpochValidation validation =
        new EpochValidation(
            validator,
            files,
            outputs,
            best,
            new EpochKeeper(files, directory, outputs),
            this::goesOn);
    return new RunObserver(plan, engine, outputs, guards, validation, writer, growth);
  }

  /** Whether a validation goes on: the run is saved, and what ends it must not wait. */
  private boolean goesOn(Progress reached) {
    progress.accept(reached);
    return !control.requested() && engine.departing().isEmpty();
  }

  private ResultTable report(BestModel best, boolean done) throws IOException {
    if (done) {
      MetricsLog.join(directory.fileSystem(), directory.metrics(), directory.fence());
    }
    MetricsLog.Content content = MetricsLog.read(directory.fileSystem(), directory.metrics());
    ResultTable table = RunFolder.results(content, best.scores(), directory.path());
    if (plan.config().report().html()) {
      RunView view =
          new RunView(
              directory.path().getName(),
              table,
              content,
              files.configText(),
              ConfigRenderer.renderDefaults(),
              files.provenance(),
              RunFolder.look(directory.fileSystem(), directory.path()));
      new HtmlReport(view).write(directory);
    }
    return table;
  }
}
