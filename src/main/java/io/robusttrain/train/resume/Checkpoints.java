package io.robusttrain.train.resume;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.CheckpointLocation;
import io.robusttrain.checkpoint.CheckpointSession;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.FileEntry;
import io.robusttrain.checkpoint.LaneMemories;
import io.robusttrain.checkpoint.OptimizerSlices;
import io.robusttrain.checkpoint.SliceRange;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.model.Architecture;
import io.robusttrain.objective.LaneMemory;
import io.robusttrain.optim.SliceState;
import io.robusttrain.storage.StorageAwayException;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.ReplicaWorker;
import io.robusttrain.train.worker.StepClock;
import io.robusttrain.train.worker.TrainingJob;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FSError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes and restores the whole state of a run. The driver writes the weights and their averages,
 * every worker its own slice of the optimiser's state and what its objective remembers; the
 * checkpoint exists when all of it does.
 */
public final class Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

  private final CheckpointStore store;
  private final TrainingEngine<ReplicaWorker> engine;
  private final Architecture architecture;
  private final StepClock clock;

  public Checkpoints(CheckpointStore store, TrainingEngine<ReplicaWorker> engine, RunPlan plan) {
    this.store = store;
    this.engine = engine;
    this.architecture = plan.architecture();
    this.clock = plan.job().clock();
  }

  /** The name of a checkpoint: it tells the steps unless an epoch has just ended. */
  public String name(TrainingState state) {
    boolean betweenEpochs = state.step() == clock.firstStep(state.epoch());
    return betweenEpochs
        ? CheckpointStore.name(state.epoch())
        : CheckpointStore.name(state.epoch(), state.step());
  }

  /**
   * Writes a checkpoint. When this throws, the store is as before.
   *
   * @param weights the trained weights and the averages beside them
   * @param cards of the same kinds
   * @throws IOException if the driver or a worker cannot write, or what was written reads otherwise
   */
  public void write(
      Map<WeightsKind, float[]> weights, Map<WeightsKind, ModelCard> cards, TrainingState state)
      throws IOException {
    try (CheckpointSession session = store.begin(name(state))) {
      for (WeightsKind kind : weights.keySet()) {
        try (OutputStream out = session.create(kind.fileName())) {
          ModelFile.write(
              out, cards.get(kind), ModelTensors.of(architecture, weights.get(kind), state.step()));
        }
      }
      for (FileEntry file : workerFiles(session.location(), state.step())) {
        session.add(file);
      }
      session.commit(state);
    } catch (FSError failed) {
      // So Hadoop's local file system tells of a full disk.
      throw new IOException(failed.getMessage(), failed);
    } catch (CheckpointException refused) {
      throw new IOException(refused.getMessage(), refused);
    }
  }

  /** Whether there is a whole checkpoint of this moment of the run, written for the same reason. */
  public boolean holds(TrainingState state) throws IOException {
    try {
      TrainingState found = store.read(name(state)).state();
      return found.step() == state.step() && found.run().occasion() == state.run().occasion();
    } catch (CheckpointException none) {
      LOG.info("Written once more: {}", none.getMessage());
      return false;
    }
  }

  private List<FileEntry> workerFiles(CheckpointLocation staging, long runSteps)
      throws IOException {
    int size = architecture.layout().size();
    List<WorkerFiles> written =
        engine.onEveryWorker((worker, place) -> writeFiles(worker, place, staging, size, runSteps));
    for (WorkerFiles files : written) {
      if (!files.failure().isEmpty()) {
        throw files.away()
            ? new StorageAwayException(files.failure())
            : new IOException(files.failure());
      }
    }
    return written.stream().flatMap(files -> files.entries().stream()).toList();
  }

  /**
   * What a worker wrote. A file system that refuses is an answer and not a failed task, which Spark
   * would try again.
   *
   * @param entries its files
   * @param failure why there are none; empty if there are
   * @param away whether that is because the storage cannot be reached
   */
  private record WorkerFiles(List<FileEntry> entries, String failure, boolean away)
      implements Serializable {}

  private static WorkerFiles writeFiles(
      ReplicaWorker worker,
      WorkerPlace place,
      CheckpointLocation staging,
      int size,
      long runSteps) {
    try {
      List<FileEntry> entries = new ArrayList<>();
      SliceState state = worker.optimizerState();
      SliceRange range =
          new SliceRange(place.index(), place.workers(), state.start(), state.length(), size);
      entries.add(OptimizerSlices.write(staging, range, state.moments()));
      List<NamedTensor> memories =
          worker.remembered(runSteps).stream()
              .map(lane -> LaneMemories.tensor(lane.lane(), lane.shape(), lane.values()))
              .toList();
      if (!memories.isEmpty()) {
        entries.add(LaneMemories.write(staging, place.index(), place.workers(), memories));
      }
      return new WorkerFiles(entries, "", false);
    } catch (IOException | FSError failed) {
      return new WorkerFiles(
          List.of(),
          "worker %d: %s".formatted(place.index(), failed.getMessage()),
          StorageAwayException.says(failed));
    }
  }

  /** The workers continue with an optimiser that has done nothing yet. */
  public void restart() {
    int size = architecture.layout().size();
    engine.onEveryWorker(
        (worker, place) -> {
          worker.restart(place.sliceStart(size), place.sliceLength(size), 0);
          return size;
        });
  }

  /** The workers multiply every learning rate. */
  public void scaleRates(double factor) {
    engine.onEveryWorker(
        (worker, place) -> {
          worker.scaleRate(factor);
          return factor;
        });
  }

  /** The workers continue with a checkpoint's optimiser state. */
  public void restore(Checkpoint checkpoint) {
    CheckpointLocation location = checkpoint.location();
    List<String> files = checkpoint.sliceFiles();
    List<String> memories = LaneMemories.files(checkpoint);
    // The optimiser has not taken the steps that were left out.
    long runSteps = checkpoint.state().step();
    long steps = runSteps - checkpoint.state().run().progress().skippedSteps();
    int size = architecture.layout().size();
    engine.onEveryWorker(
        (worker, place) -> {
          SliceRange range =
              new SliceRange(
                  place.index(),
                  place.workers(),
                  place.sliceStart(size),
                  place.sliceLength(size),
                  size);
          Map<String, float[]> moments =
              OptimizerSlices.read(location, files, worker.job().optimizer().momentNames(), range);
          worker.restore(new SliceState(range.offset(), range.length(), steps, moments), runSteps);
          worker.remember(readMemories(location, memories, worker.job(), place), runSteps);
          return range.offset();
        });
  }

  /**
   * The workers continue with the optimiser state of the same network at another resolution, where
   * an epoch has just ended.
   *
   * @param former the network that the checkpoint is of
   * @param averages of the weights at this resolution, flat vectors (P) by name
   */
  public void carry(Checkpoint checkpoint, Architecture former, Map<String, float[]> averages) {
    CheckpointLocation location = checkpoint.location();
    List<String> files = checkpoint.sliceFiles();
    long runSteps = checkpoint.state().step();
    long steps = runSteps - checkpoint.state().run().progress().skippedSteps();
    int size = architecture.layout().size();
    Carry carry = Carry.between(former, architecture);
    engine.onEveryWorker(
        new TreeMap<>(averages),
        (vectors, worker, place) -> {
          int start = place.sliceStart(size);
          int length = place.sliceLength(size);
          List<String> names = new ArrayList<>(worker.job().optimizer().momentNames());
          names.removeAll(vectors.keySet());
          int[] source = carry.source(start, length);
          SliceRange range =
              new SliceRange(
                  place.index(), place.workers(), source[0], source[1] - source[0], carry.size());
          Map<String, float[]> state =
              carry.slice(OptimizerSlices.read(location, files, names, range), start, length);
          vectors.forEach(
              (name, vector) -> state.put(name, Arrays.copyOfRange(vector, start, start + length)));
          worker.restore(new SliceState(start, length, steps, state), runSteps);
          return start;
        });
  }

  private static List<LaneMemory> readMemories(
      CheckpointLocation location, List<String> files, TrainingJob job, WorkerPlace place)
      throws IOException {
    int[] own = job.lanes(place);
    List<LaneMemory> memories = new ArrayList<>();
    LaneMemories.read(
        location,
        files,
        own[0],
        own[own.length - 1] + 1,
        job.order().lanes(),
        (lane, shape, values) -> memories.add(new LaneMemory(lane, shape, values)));
    return memories;
  }
}
