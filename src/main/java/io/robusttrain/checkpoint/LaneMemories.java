package io.robusttrain.checkpoint;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.SafetensorsWriter;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What objectives remember between steps, by lane: one safetensors file a worker, with one tensor
 * for each of its lanes that has something. Any other division into workers can read them.
 */
public final class LaneMemories {
  private static final String FILES = "memory-";
  private static final String TENSORS = "lane-";

  private LaneMemories() {}

  /** The memory of a lane, to be written. */
  public static NamedTensor tensor(int lane, List<Long> shape, float[] values) {
    return NamedTensor.floats(TENSORS + "%05d".formatted(lane), shape, values);
  }

  /**
   * Writes one worker's file into a checkpoint under construction. Callable in any process.
   *
   * @param staging from {@link CheckpointSession#location}
   * @param index of the worker
   * @param count of all workers
   * @return to be handed to {@link CheckpointSession#add}
   */
  public static FileEntry write(
      CheckpointLocation staging, int index, int count, Collection<NamedTensor> tensors)
      throws IOException {
    String name = FILES + "%05d-of-%05d.safetensors".formatted(index, count);
    List<NamedTensor> all = new ArrayList<>(tensors);
    return staging.write(name, out -> SafetensorsWriter.write(out, Map.of(), all));
  }

  /** The names of a checkpoint's files of this kind. */
  public static List<String> files(Checkpoint checkpoint) {
    return checkpoint.files(FILES);
  }

  /** Takes the memory of one lane. */
  @FunctionalInterface
  public interface Sink {
    /** Takes float32 values in a shape, row-major. */
    void lane(int lane, List<Long> shape, float[] values);
  }

  /**
   * Reads the memories of lanes {@code [from, to)} as far as there are any. Opens the files that
   * hold part of them, each once.
   *
   * @param checkpoint from {@link Checkpoint#location}
   * @param files from {@link #files}
   * @param lanes of a whole step
   * @throws CheckpointException if a file holds no lane
   */
  public static void read(
      CheckpointLocation checkpoint, List<String> files, int from, int to, int lanes, Sink sink)
      throws IOException {
    if (files.isEmpty()) {
      return;
    }
    FileSystem fs = checkpoint.fileSystem();
    FileWalk.over(
        files.size(),
        Math.toIntExact((long) from * files.size() / lanes),
        from,
        to,
        file -> {
          Path path = new Path(checkpoint.path(), files.get(file));
          try (SafetensorsFile written = SafetensorsFile.open(fs, path)) {
            return take(written, from, to, sink);
          }
        });
  }

  /** Hands out what a file has of the wanted lanes, and says which lanes it lies between. */
  private static FileWalk.Stretch take(SafetensorsFile written, int from, int to, Sink sink)
      throws IOException {
    int first = Integer.MAX_VALUE;
    int last = -1;
    for (TensorSpec tensor : written.tensors()) {
      OptionalInt lane = lane(tensor);
      if (lane.isPresent()) {
        first = Math.min(first, lane.getAsInt());
        last = Math.max(last, lane.getAsInt());
        if (lane.getAsInt() >= from && lane.getAsInt() < to) {
          sink.lane(lane.getAsInt(), tensor.shape(), written.floats(tensor.name()));
        }
      }
    }
    if (last < 0) {
      throw new CheckpointException(
          "%s holds no lane. Continue from another checkpoint.".formatted(written.path()));
    }
    return new FileWalk.Stretch(first, last + 1L);
  }

  private static OptionalInt lane(TensorSpec tensor) {
    return tensor.name().matches(TENSORS + "\\d{1,9}")
        ? OptionalInt.of(Integer.parseInt(tensor.name().substring(TENSORS.length())))
        : OptionalInt.empty();
  }
}
