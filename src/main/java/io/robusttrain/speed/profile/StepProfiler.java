package io.robusttrain.speed.profile;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.tensor.NativeThread;
import io.robusttrain.train.worker.ReplicaWorker;
import io.robusttrain.train.worker.SyntheticTraining;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Records steps of one worker of one replica. The same step is computed again and again, so that
 * every recording has the same operations. Used from one thread, and by one at a time in a process.
 */
public final class StepProfiler implements AutoCloseable {
  private static final WorkerPlace ONLY = new WorkerPlace(0, 1, 1);

  /** Recordings of times; as many steps are timed without. */
  private static final int RECORDED = 3;

  private static final int REPLICA = 0;

  private final LibtorchRecorders recorders;
  private final boolean oneMicroBatch;
  private final ReplicaWorker worker;
  private final FloatSlice weights;
  private final FloatSlice gradients;
  private final Path folder;
  private long step = -1;

  /**
   * Asks whether operations can be recorded at all, before anything is computed.
   *
   * @throws ProfileException if not
   */
  public static void requireRecorders() {
    LibtorchRecorders.open();
  }

  /** A worker of a training, which must have one replica. */
  public StepProfiler(SyntheticTraining training) {
    recorders = LibtorchRecorders.open();
    oneMicroBatch = training.microBatches() == 1;
    weights = FloatSlice.of(training.initialWeights());
    gradients = FloatSlice.of(new float[weights.length()]);
    try {
      folder = Files.createTempDirectory("robusttrain-profile");
    } catch (IOException full) {
      throw new UncheckedIOException(
          "no folder for records could be made in %s: free some space or set -Djava.io.tmpdir"
              .formatted(System.getProperty("java.io.tmpdir")),
          full);
    }
    worker = training.workerFactory().create(ONLY);
  }

  /** Profiles a step, after one to warm up. */
  public StepProfile profile() {
    begin();
    double[] plain = new double[RECORDED];
    for (int i = 0; i < RECORDED; i++) {
      plain[i] = computed();
    }
    Arrays.sort(plain);
    ProfiledOperations operations = new ProfiledOperations(new Census(recordedTensors()));
    double seconds = 0;
    for (int i = 0; i < RECORDED; i++) {
      seconds += recordedTimes(operations) / RECORDED;
    }
    double update = updated();
    return new StepProfile(
        RECORDED,
        seconds + update,
        plain[RECORDED / 2] + update,
        update,
        operations.byName(),
        operations.byKind());
  }

  /** What the operations of a step cost, but for their times, after a step to warm up. */
  Census census() {
    begin();
    return new Census(recordedTensors());
  }

  /** Does a whole step, so that everything that stays is there, and loads the next one. */
  private void begin() {
    load();
    computed();
    updated();
    load();
  }

  private void load() {
    step++;
    worker.load(step);
  }

  /** Seconds in which the worker computes the gradient of the step that is loaded. */
  private double computed() {
    long begin = System.nanoTime();
    worker.compute(step, REPLICA, weights, gradients);
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Seconds of the step's update. */
  private double updated() {
    long begin = System.nanoTime();
    worker.update(step, 0, weights, gradients);
    return (System.nanoTime() - begin) / 1e9;
  }

  private List<Operation> recordedTensors() {
    Path file = folder.resolve("tensors.json");
    try (LibtorchRecorders.Recording recording = recorders.tensors(file)) {
      computed();
    }
    return read(file, TensorRecord::read);
  }

  /** Adds a recording; the seconds of the step's computation. */
  private double recordedTimes(ProfiledOperations operations) {
    Path file = folder.resolve("times.json");
    NativeThread thread = worker.replica(REPLICA).thread();
    LibtorchRecorders.Recording recording = thread.call(() -> recorders.times(file));
    double seconds;
    try {
      seconds = computed();
    } finally {
      thread.call(
          () -> {
            recording.close();
            return file;
          });
    }
    double training = oneMicroBatch ? worker.takeReport().trainSeconds() : Double.NaN;
    operations.add(read(file, Timing::read), training);
    return seconds;
  }

  private interface Reader<T> {
    T read(Path file) throws IOException;
  }

  private static <T> T read(Path file, Reader<T> reader) {
    try {
      T content = reader.read(file);
      Files.delete(file);
      return content;
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "libtorch did not write its record to %s: free some space there or set -Djava.io.tmpdir"
              .formatted(file),
          failed);
    }
  }

  /** Also deletes what a recording that failed left behind. */
  @Override
  public void close() {
    worker.close();
    try (Stream<Path> left = Files.list(folder)) {
      for (Path file : left.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot delete " + folder, failed);
    }
  }
}
