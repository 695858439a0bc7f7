package io.robusttrain.train.resume;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.checkpoint.RunProgress;
import io.robusttrain.checkpoint.RunState;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.objective.LaneMemory;
import io.robusttrain.optim.SliceState;
import io.robusttrain.storage.CountedOpens;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.train.SummingEngine;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Checkpoints of one made-up state of a run, written and read back by any number of workers: each
 * element of its vectors and memories is a number of its own.
 */
public final class SavedByMany {
  /** Completed steps: in the middle of an epoch, where objectives remember something. */
  private static final int STEPS = 1;

  private static final List<Long> SHAPE = List.of(2L, 3L);

  private final RunPlan plan;
  private final Path folder;

  /**
   * What the restored workers hold.
   *
   * @param vectors whole state vectors, put together of the workers' slices, by name
   * @param memories of lanes, by lane
   * @param opens of each file by all workers together, by name
   */
  public record Restored(
      Map<String, float[]> vectors, Map<Integer, float[]> memories, Map<String, Integer> opens) {}

  /** Checkpoints below a folder of a run that has at least as many lanes as there are workers. */
  public SavedByMany(RunPlan plan, Path folder) {
    NativeRuntime.load();
    this.plan = plan;
    this.folder = folder;
  }

  /** Elements of a state vector. */
  public int size() {
    return plan.architecture().layout().size();
  }

  /** The lanes of a step. */
  public int lanes() {
    return plan.job().order().lanes();
  }

  /** The names of the state vectors. */
  public List<String> names() {
    return plan.job().optimizer().momentNames();
  }

  /** The whole vector of a name (P). */
  public float[] vector(String name) {
    return values(SeedKey.of(1).with(name), size());
  }

  /** What the objective remembers of a lane. */
  public float[] memory(int lane) {
    return values(SeedKey.of(2).with(lane), 6);
  }

  private static float[] values(SeedKey key, int length) {
    SplittableRandom random = new SplittableRandom(key.value());
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextInt() * 0x1p-31f;
    }
    return values;
  }

  /** Lets so many workers write their slices of the state into a checkpoint. */
  public Checkpoint save(int workers) throws IOException {
    CheckpointStore store = store(workers);
    try (SummingEngine<ReplicaWorker> engine =
        new SummingEngine<>(workers, 1, ReplicaWorker.factory(plan.job()))) {
      engine.onEveryWorker(
          (worker, place) -> {
            worker.restore(state(place), STEPS);
            worker.remember(
                Arrays.stream(plan.job().lanes(place))
                    .mapToObj(lane -> new LaneMemory(lane, SHAPE, memory(lane)))
                    .toList(),
                STEPS);
            return STEPS;
          });
      ModelCard card = plan.card(Optional.empty(), Map.of());
      new Checkpoints(store, engine, plan)
          .write(
              Map.of(WeightsKind.RAW, new float[size()]),
              Map.of(WeightsKind.RAW, card),
              new TrainingState(
                  0,
                  STEPS,
                  1,
                  card.architecture(),
                  new RunState(
                      Occasion.STEPS,
                      EpochSums.NONE,
                      RunProgress.NONE,
                      OptionalInt.of(plan.stepsPerEpoch()),
                      Optional.empty(),
                      workers,
                      1),
                  Optional.empty(),
                  "",
                  card.provenance()));
    }
    return newest(workers);
  }

  /** Opens the checkpoint that so many workers wrote, as a driver does: every file is verified. */
  public Checkpoint newest(int workers) throws IOException {
    return store(workers).newest().orElseThrow();
  }

  private CheckpointStore store(int workers) throws IOException {
    return CheckpointStore.at(
        new org.apache.hadoop.fs.Path(folder.resolve("by-" + workers).toUri()),
        CountedOpens.settings());
  }

  private SliceState state(WorkerPlace place) {
    int start = place.sliceStart(size());
    int end = start + place.sliceLength(size());
    Map<String, float[]> moments = new TreeMap<>();
    names().forEach(name -> moments.put(name, Arrays.copyOfRange(vector(name), start, end)));
    return new SliceState(start, end - start, STEPS, moments);
  }

  /** Lets so many workers go on from a checkpoint. */
  public Restored restore(Checkpoint checkpoint, int workers) throws IOException {
    try (SummingEngine<ReplicaWorker> engine =
        new SummingEngine<>(workers, 1, ReplicaWorker.factory(plan.job()))) {
      Checkpoints checkpoints = new Checkpoints(store(workers), engine, plan);
      CountedOpens.take();
      checkpoints.restore(checkpoint);
      Map<String, Integer> opens = CountedOpens.take();
      Map<String, float[]> vectors = new TreeMap<>();
      Map<Integer, float[]> memories = new TreeMap<>();
      engine.onEveryWorker(
          (worker, place) -> {
            SliceState state = worker.optimizerState();
            state
                .moments()
                .forEach(
                    (name, values) ->
                        System.arraycopy(
                            values,
                            0,
                            vectors.computeIfAbsent(name, any -> new float[size()]),
                            Math.toIntExact(state.start()),
                            state.length()));
            worker.remembered(STEPS).forEach(lane -> memories.put(lane.lane(), lane.values()));
            return state.length();
          });
      return new Restored(vectors, memories, opens);
    }
  }
}
