package io.robusttrain.checkpoint;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.SafetensorsWriter;
import io.robusttrain.storage.StorageFullException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
   * Reads elements {@code [offset, offset + length)} of one state vector across slice files.
   *
   * @param checkpoint from {@link Checkpoint#location}
   * @param sliceFiles from {@link Checkpoint#sliceFiles}
   * @param name of the state vector
   * @param total elements the caller's model has
   * @throws CheckpointException if the files hold another total, lack the name, or leave a gap
   */
  public static float[] read(
      CheckpointLocation checkpoint,
      List<String> sliceFiles,
      String name,
      long offset,
      int length,
      long total)
      throws IOException {
    FileSystem fs = checkpoint.fileSystem();
    float[] values = new float[length];
    long covered = 0;
    for (String file : sliceFiles) {
      try (SafetensorsFile slice = SafetensorsFile.open(fs, new Path(checkpoint.path(), file))) {
        long start = number(slice, "offset");
        if (number(slice, "total") != total) {
          throw new CheckpointException(
              "%s belongs to a vector of %d elements, the model has %d. Use a checkpoint of the same architecture."
                  .formatted(slice.path(), number(slice, "total"), total));
        }
        long from = Math.max(offset, start);
        long to = Math.min(offset + length, start + slice.spec(name).elements());
        if (from < to) {
          slice.floats(name, from - start, values, (int) (from - offset), (int) (to - from));
          covered += to - from;
        }
      }
    }
    if (covered != length) {
      throw new CheckpointException(
          "The slices of %s hold %d of elements %d to %d of '%s'. Continue from another checkpoint."
              .formatted(checkpoint.uri(), covered, offset, offset + length, name));
    }
    return values;
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
