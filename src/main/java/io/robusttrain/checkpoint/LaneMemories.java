package io.robusttrain.checkpoint;

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

  /** The lane of a tensor of such a file; nothing if it is none. */
  public static OptionalInt lane(TensorSpec tensor) {
    return tensor.name().matches(TENSORS + "\\d{1,9}")
        ? OptionalInt.of(Integer.parseInt(tensor.name().substring(TENSORS.length())))
        : OptionalInt.empty();
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

  /** Opens one of them. */
  public static SafetensorsFile open(CheckpointLocation checkpoint, String file)
      throws IOException {
    return SafetensorsFile.open(checkpoint.fileSystem(), new Path(checkpoint.path(), file));
  }
}
