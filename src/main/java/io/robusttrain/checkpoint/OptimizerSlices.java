package io.robusttrain.checkpoint;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.SafetensorsWriter;
import io.robusttrain.storage.StorageFullException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Optimiser state of a checkpoint: one safetensors file a slice, holding each state vector (such as
 * {@code exp_avg}, {@code exp_avg_sq}, {@code momentum_buffer}) over the slice's range. Written and
 * read by executors; a checkpoint of n slices can be read into any other division.
 */
public final class OptimizerSlices {
  private OptimizerSlices() {}

  /**
   * Writes one slice into a checkpoint under construction. Callable in any process; attempts of the
   * same slice replace one another whole.
   *
   * @param staging from {@link CheckpointSession#location}
   * @param state vectors of {@code range.length()} elements each, by name
   * @return to be handed to {@link CheckpointSession#add}
   * @throws IllegalArgumentException if a vector has another length
   * @throws StorageFullException if there is no room; nothing is left behind
   */
  public static FileEntry write(
      CheckpointLocation staging, SliceRange range, Map<String, float[]> state) throws IOException {
    List<NamedTensor> tensors = new ArrayList<>();
    new TreeMap<>(state)
        .forEach(
            (name, values) ->
                tensors.add(NamedTensor.floats(name, List.of((long) range.length()), values)));
    Map<String, String> metadata =
        Map.of(
            "index", String.valueOf(range.index()),
            "count", String.valueOf(range.count()),
            "offset", String.valueOf(range.offset()),
            "total", String.valueOf(range.total()));
    try {
      return staging.write(
          range.fileName(), out -> SafetensorsWriter.write(out, metadata, tensors));
    } catch (StorageFullException e) {
      throw new StorageFullException(
          "There is no room for %s of the checkpoint under construction in %s: it needs %,d bytes (%s). The checkpoints that are there are unharmed. Free some space there or lower checkpoint.keep."
              .formatted(
                  range.fileName(),
                  staging.uri(),
                  (long) Float.BYTES * range.length() * tensors.size(),
                  StorageFullException.reason(e)),
          e);
    }
  }

  /**
   * Reads a range of state vectors across slice files. Opens those that hold part of it, each once
   * for all vectors, and reads nothing else of them.
   *
   * @param checkpoint from {@link Checkpoint#location}
   * @param sliceFiles from {@link Checkpoint#sliceFiles}
   * @param names of the state vectors
   * @param range of the caller's model, in whatever division
   * @return {@code range.length()} elements of each vector, by name
   * @throws CheckpointException if the files hold another total, lack a name, or leave a gap
   */
  public static Map<String, float[]> read(
      CheckpointLocation checkpoint,
      List<String> sliceFiles,
      Collection<String> names,
      SliceRange range)
      throws IOException {
    Map<String, float[]> state = new TreeMap<>();
    names.forEach(name -> state.put(name, new float[range.length()]));
    if (state.isEmpty() || range.length() == 0) {
      return state;
    }
    FileSystem fs = checkpoint.fileSystem();
    AtomicLong covered = new AtomicLong();
    FileWalk.over(
        sliceFiles.size(),
        range.indexAmong(sliceFiles.size()),
        range.offset(),
        range.offset() + range.length(),
        file -> {
          Path path = new Path(checkpoint.path(), sliceFiles.get(file));
          try (SafetensorsFile slice = SafetensorsFile.open(fs, path)) {
            FileWalk.Stretch held = held(slice, state.keySet(), range.total());
            covered.addAndGet(take(slice, held, range, state));
            return held;
          }
        });
    if (covered.get() != range.length()) {
      throw new CheckpointException(
          "The slices of %s hold %d of elements %d to %d of '%s'. Continue from another checkpoint."
              .formatted(
                  checkpoint.uri(),
                  covered.get(),
                  range.offset(),
                  range.offset() + range.length(),
                  String.join("', '", state.keySet())));
    }
    return state;
  }

  /** What a slice holds of each of the vectors. */
  private static FileWalk.Stretch held(SafetensorsFile slice, Set<String> names, long total) {
    if (number(slice, "total") != total) {
      throw new CheckpointException(
          "%s belongs to a vector of %d elements, the model has %d. Use a checkpoint of the same architecture."
              .formatted(slice.path(), number(slice, "total"), total));
    }
    long start = number(slice, "offset");
    long[] lengths =
        names.stream().mapToLong(name -> slice.spec(name).elements()).distinct().toArray();
    if (lengths.length != 1) {
      throw new CheckpointException(
          "%s has vectors of different lengths. Continue from another checkpoint."
              .formatted(slice.path()));
    }
    return new FileWalk.Stretch(start, start + lengths[0]);
  }

  /** Reads what a slice holds of the range into each vector, and says how many elements it was. */
  private static long take(
      SafetensorsFile slice, FileWalk.Stretch held, SliceRange range, Map<String, float[]> state)
      throws IOException {
    long from = Math.max(range.offset(), held.from());
    int count = (int) (Math.min(range.offset() + range.length(), held.to()) - from);
    if (count <= 0) {
      return 0;
    }
    for (Map.Entry<String, float[]> vector : state.entrySet()) {
      slice.floats(
          vector.getKey(),
          from - held.from(),
          vector.getValue(),
          (int) (from - range.offset()),
          count);
    }
    return count;
  }

  private static long number(SafetensorsFile slice, String key) {
    try {
      return Long.parseLong(slice.metadata().getOrDefault(key, ""));
    } catch (NumberFormatException e) {
      throw new CheckpointException(
          "%s has no usable '%s' in its metadata. Continue from another checkpoint."
              .formatted(slice.path(), key),
          e);
    }
  }
}
