package io.robusttrain.train;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.CheckpointLocation;
import io.robusttrain.checkpoint.CheckpointSession;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.FileEntry;
import io.robusttrain.checkpoint.ModelCard;
import io.robusttrain.checkpoint.ModelFile;
import io.robusttrain.checkpoint.OptimizerSlices;
import io.robusttrain.checkpoint.SliceRange;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.WeightsKind;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.model.Architecture;
import io.robusttrain.optim.SliceState;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes and restores the whole state of a run. The driver writes the weights and their averages,
 * every worker its own slice of the optimiser's state; the checkpoint exists when all of it does.
 */
final class Checkpoints {
  private final CheckpointStore store;
  private final TrainingEngine engine;
  private final Architecture architecture;

  Checkpoints(CheckpointStore store, TrainingEngine engine, Architecture architecture) {
    this.store = store;
    this.engine = engine;
    this.architecture = architecture;
  }

  /**
   * Writes a checkpoint.
   *
   * @param weights the trained weights and the averages beside them
   * @param cards of the same kinds
   */
  void write(
      Map<WeightsKind, float[]> weights, Map<WeightsKind, ModelCard> cards, TrainingState state)
      throws IOException {
    int size = architecture.layout().size();
    String name = CheckpointStore.name(state.epoch());
    try (CheckpointSession session = store.begin(name)) {
      for (WeightsKind kind : weights.keySet()) {
        try (OutputStream out = session.create(kind.fileName())) {
          ModelFile.write(
              out, cards.get(kind), ModelTensors.of(architecture, weights.get(kind), state.step()));
        }
      }
      CheckpointLocation staging = session.location();
      List<FileEntry> slices =
          engine.onEveryWorker(
              (worker, place) -> writeSlice((ReplicaWorker) worker, place, staging, size));
      slices.forEach(session::add);
      session.commit(state);
    }
  }

  private static FileEntry writeSlice(
      ReplicaWorker worker, WorkerPlace place, CheckpointLocation staging, int size)
      throws IOException {
    SliceState state = worker.optimizerState();
    SliceRange range =
        new SliceRange(place.index(), place.workers(), state.start(), state.length(), size);
    return OptimizerSlices.write(staging, range, state.moments());
  }

  /** The workers continue with an optimiser that has done nothing yet. */
  void restart() {
    int size = architecture.layout().size();
    engine.onEveryWorker(
        (worker, place) -> {
          ReplicaWorker replicaWorker = (ReplicaWorker) worker;
          int length = place.sliceLength(size);
          Map<String, float[]> moments = new TreeMap<>();
          for (String moment : replicaWorker.job().optimizer().momentNames()) {
            moments.put(moment, new float[length]);
          }
          replicaWorker.restore(new SliceState(place.sliceStart(size), length, 0, moments), 0);
          return length;
        });
  }

  /** The workers multiply every learning rate. */
  void scaleRates(double factor) {
    engine.onEveryWorker(
        (worker, place) -> {
          ((ReplicaWorker) worker).scaleRate(factor);
          return factor;
        });
  }

  /** The workers continue with a checkpoint's optimiser state. */
  void restore(Checkpoint checkpoint) {
    CheckpointLocation location = checkpoint.location();
    List<String> files = checkpoint.sliceFiles();
    // The optimiser has not taken the steps that were left out.
    long runSteps = checkpoint.state().step();
    long steps = runSteps - RunProgress.of(checkpoint.state()).skippedSteps();
    int size = architecture.layout().size();
    engine.onEveryWorker(
        (worker, place) -> {
          ReplicaWorker replicaWorker = (ReplicaWorker) worker;
          int start = place.sliceStart(size);
          int length = place.sliceLength(size);
          Map<String, float[]> moments = new TreeMap<>();
          for (String moment : replicaWorker.job().optimizer().momentNames()) {
            moments.put(moment, OptimizerSlices.read(location, files, moment, start, length, size));
          }
          replicaWorker.restore(new SliceState(start, length, steps, moments), runSteps);
          return start;
        });
  }
}
