package io.robusttrain.train.resume;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.FileEntry;
import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.checkpoint.RunProgress;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.config.InitialConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.model.Architecture;
import io.robusttrain.pretrained.Adaptation;
import io.robusttrain.pretrained.AdaptationReport;
import io.robusttrain.pretrained.AdaptedWeights;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.pretrained.WeightsLocation;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.StagedPlan;
import io.robusttrain.train.worker.InitialWeights;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What a run starts from: its newest checkpoint, the weights of {@code model.initial-checkpoint},
 * or random weights. Found and checked against the plan before anything is written or started.
 */
public final class StartingPoint {
  private final StagedPlan stages;
  private final RunPlan plan;
  private final RunHistory history;
  private final Optional<float[]> stored;
  private final Optional<AdaptationReport> report;

  private StartingPoint(
      StagedPlan stages,
      RunPlan plan,
      RunHistory history,
      Optional<float[]> stored,
      Optional<AdaptationReport> report) {
    this.stages = stages;
    this.plan = plan;
    this.history = history;
    this.stored = stored;
    this.report = report;
  }

  /**
   * Looks for a checkpoint of the run, then for an initial file. Writes nothing.
   *
   * @param stages checked
   * @param run the run's directory, which need not exist
   * @param hadoop names the file systems
   * @throws CheckpointException if what is there does not fit the plan
   * @throws ConfigException if the initial file cannot be read
   */
  public static StartingPoint find(StagedPlan stages, Path run, Configuration hadoop) {
    RunHistory history = RunHistory.read(run, hadoop);
    if (history.newest().isPresent()) {
      Checkpoint newest = history.newest().get();
      RunPlan former = stages.doing(newest.state().step());
      SameRun.require(former, stages.last(), newest);
      RunPlan plan = pauses(newest) ? former : stages.next(newest.state().step());
      return sameTensors(former, plan)
          ? new StartingPoint(
              stages, plan, history, Optional.of(weights(former, newest)), Optional.empty())
          : carried(stages, plan, history, hadoop);
    }
    RunPlan plan = stages.next(0);
    Optional<AdaptedWeights> initial =
        plan.config()
            .model()
            .initialCheckpoint()
            .toOptional()
            .map(file -> initialWeights(plan, file, hadoop));
    return new StartingPoint(
        stages,
        plan,
        history,
        initial.map(AdaptedWeights::values),
        initial.map(AdaptedWeights::report));
  }

  /** The same search, once more. */
  public StartingPoint again(Path run, Configuration hadoop) {
    return find(stages, run, hadoop);
  }

  private static boolean pauses(Checkpoint checkpoint) {
    return checkpoint.state().run().occasion() == Occasion.STOP;
  }

  private static boolean sameTensors(RunPlan one, RunPlan other) {
    return one.architecture().layout().isSameAs(other.architecture().layout());
  }

  /** Begins a stage of another resolution with the weights of the stage before. */
  private static StartingPoint carried(
      StagedPlan stages, RunPlan plan, RunHistory history, Configuration hadoop) {
    AdaptedWeights weights =
        carried(plan, history.newest().orElseThrow(), WeightsKind.RAW.fileName(), hadoop);
    return new StartingPoint(
        stages, plan, history, Optional.of(weights.values()), Optional.of(weights.report()));
  }

  /** Weights of the stage before, at the resolution of a plan: as any other file's are loaded. */
  private static AdaptedWeights carried(
      RunPlan plan, Checkpoint checkpoint, String file, Configuration hadoop) {
    String path = new Path(checkpoint.path(), file).toString();
    try (WeightsFile weights = WeightsLocation.open(path, hadoop, Optional.empty())) {
      return ModelTensors.resized(
          weights, plan.architecture(), plan.preprocessing(), plan.job().seed());
    } catch (IOException e) {
      throw unreadable(checkpoint, e);
    }
  }

  /** The plan of the stage that goes on or begins here. */
  public RunPlan plan() {
    return plan;
  }

  /**
   * The network of the stage before, if another stage begins here, at another resolution, with its
   * weights.
   */
  public Optional<Architecture> former() {
    return checkpoint()
        .map(found -> stages.doing(found.state().step()))
        .filter(before -> !sameTensors(before, plan))
        .map(RunPlan::architecture);
  }

  /**
   * The averages of the weights of the stage before, at the resolution of the one that begins here,
   * flat vectors (P) by name. One that holds no more than the weights of a step is those weights.
   */
  public Map<String, float[]> carriedAverages(Configuration hadoop) {
    Checkpoint from = checkpoint().orElseThrow();
    List<String> files = from.files().stream().map(FileEntry::name).toList();
    Map<String, float[]> averages = new TreeMap<>();
    for (WeightsKind kind : WeightsKind.values()) {
      if (plan.job().optimizer().momentNames().contains(kind.word())) {
        averages.put(
            kind.word(),
            files.contains(kind.fileName())
                ? carried(plan, from, kind.fileName(), hadoop).values()
                : weights());
      }
    }
    return averages;
  }

  /**
   * What was done to the initial weights, or could not be compared with the checkpoint that is
   * continued, a line each.
   */
  public List<String> lines() {
    return checkpoint().map(found -> SameRun.notes(stages.last(), found)).orElseGet(this::changes);
  }

  /** What was done to the weights that the run or its stage begins with, a line each. */
  public List<String> changes() {
    return report.map(AdaptationReport::lines).orElse(List.of());
  }

  /**
   * What the run's files say of its initial weights; a run that goes on says what it said before.
   */
  public Map<String, String> provenance() {
    Map<String, String> facts = new TreeMap<>();
    if (history.newest().isEmpty()) {
      report.ifPresent(found -> facts.putAll(found.facts()));
    }
    history
        .newest()
        .ifPresent(
            found ->
                found
                    .state()
                    .provenance()
                    .facts()
                    .forEach(
                        (name, fact) -> {
                          if (name.startsWith(AdaptationReport.FACT)) {
                            facts.put(name, fact);
                          }
                        }));
    return facts;
  }

  /** What the run goes on from, in words. */
  public String name() {
    return checkpoint().map(found -> "checkpoint " + found.path().getName()).orElse("its start");
  }

  /** The checkpoint that is continued, if one is. */
  public Optional<Checkpoint> checkpoint() {
    return history.newest();
  }

  /** The flat vector (P) of the first step; random weights follow from the run's seed. */
  public float[] weights() {
    return stored.orElseGet(
        () -> InitialWeights.random(plan.architecture(), plan.config().run().seed()));
  }

  /** Optimiser steps that are done already. */
  public long firstStep() {
    return checkpoint().map(found -> found.state().step()).orElse(0L);
  }

  /**
   * Epochs that have ended: their losses and scores are in the metrics. A run that was asked to end
   * at the last step of an epoch has not ended it, nor has one whose validation is still to come.
   */
  public int endedEpochs() {
    return checkpoint()
        .map(Checkpoint::state)
        .map(
            state ->
                state.step() == plan.totalSteps() && state.run().occasion() == Occasion.END
                    ? plan.begunEpochs()
                    : state.epoch())
        .orElse(0);
  }

  /**
   * Whether the pause after the last step is still to come, with its probe, its validation and the
   * end of its epoch: a run saves its state first, and more so when it is asked to end.
   */
  public boolean isAtPause() {
    return checkpoint().map(StartingPoint::pauses).orElse(false);
  }

  /** The sums of the running epoch. */
  public EpochSums epochSums() {
    return checkpoint()
        .filter(found -> endedEpochs() == found.state().epoch())
        .map(found -> found.state().run().sums())
        .orElse(EpochSums.NONE);
  }

  /** What guards have done to the run before. */
  public RunProgress progress() {
    return history.progress();
  }

  /** Checkpoints of steps that the run went back behind: they must go before it goes on. */
  public List<String> abandoned() {
    return history.abandoned();
  }

  private static float[] weights(RunPlan plan, Checkpoint checkpoint) {
    try (ModelFile model = checkpoint.openModel()) {
      return ModelTensors.read(plan.architecture(), model.tensors());
    } catch (IOException e) {
      throw unreadable(checkpoint, e);
    }
  }

  private static CheckpointException unreadable(Checkpoint checkpoint, IOException failed) {
    return new CheckpointException(
        "%s cannot be read: %s. Make it readable or choose another run id."
            .formatted(checkpoint.path(), failed.getMessage()),
        failed);
  }

  private static AdaptedWeights initialWeights(RunPlan plan, String path, Configuration hadoop) {
    InitialConfig initial = plan.config().model().initial();
    try (WeightsFile file = WeightsLocation.open(path, hadoop, initial.key().toOptional())) {
      return Adaptation.fit(
          file,
          plan.architecture(),
          plan.preprocessing(),
          initial.options(),
          InitialWeights.key(plan.config().run().seed()));
    } catch (FileNotFoundException e) {
      throw unreadable(
          "there is no file %s; name a file of weights, a run, a checkpoint or none"
              .formatted(path));
    } catch (IOException e) {
      throw unreadable(
          "%s cannot be read (%s); name a readable file of weights or none"
              .formatted(path, e.getMessage()));
    }
  }

  private static ConfigException unreadable(String message) {
    return new ConfigException("model.initial-checkpoint", message);
  }
}
