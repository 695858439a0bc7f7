package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.pytorch.PickleValue.StorageRef;
import io.robusttrain.checkpoint.pytorch.PickleValue.TensorRef;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.HalfFloat;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The weights in a file that {@code torch.save} wrote in its zip format (PyTorch 1.6 and later), a
 * state dictionary alone or in a training checkpoint. The description of all tensors is checked
 * whole when the file is opened; their data is read on demand, and nothing of optimiser states or
 * averages that are not asked for. Nothing that the file names is ever run: names beyond the
 * rebuilding of tensors and some records that are read over (settings, NumPy values) are refused.
 *
 * <p>Without a key the weights are looked for under {@code state_dict}, {@code model} and {@code
 * module}, then as the whole file, and only then under {@code state_dict_ema} and {@code
 * model_ema}. The prefixes {@code module.} and {@code _orig_mod.} go if every name has them.
 *
 * <p>Not thread-safe. Content that cannot be used is a {@link CheckpointException}, a failing file
 * system an {@link IOException}.
 */
public final class PyTorchFile implements Closeable {
  private final Refusals refusals;
  private final TorchArchive archive;
  private final StateDict weights;
  private final Map<String, TensorSpec> specs;

  // Tensors may share a storage: the last one is kept, and with it its checked checksum.
  private Optional<LoadedStorage> loaded = Optional.empty();

  private record LoadedStorage(StorageRef storage, ByteBuffer bytes) {}

  private PyTorchFile(Refusals refusals, TorchArchive archive, StateDict weights) {
    this.refusals = refusals;
    this.archive = archive;
    this.weights = weights;
    this.specs = specs(weights, archive, refusals);
  }

  /**
   * Opens a file and checks all of it but the data of its tensors.
   *
   * @param key where in the file's dictionary the weights are, or empty for the usual places
   * @throws CheckpointException if it is damaged, in an old format, holds more than weights and
   *     known records, or no weights where they should be
   */
  public static PyTorchFile open(FileSystem fs, Path path, Optional<String> key)
      throws IOException {
    Refusals refusals = new Refusals(path.toString());
    long size = fs.getFileStatus(path).getLen();
    FSDataInputStream in = fs.open(path);
    try {
      byte[] first = new byte[(int) Math.min(size, FileKind.DECIDING_BYTES)];
      in.readFully(0, first);
      FileKind.of(first).requireZip(refusals);
      TorchArchive archive = TorchArchive.open(in, size, refusals);
      PickleValue root = PickleMachine.read(archive.pickle(), refusals);
      PyTorchFile file = new PyTorchFile(refusals, archive, StateDict.find(root, key, refusals));
      in = null;
      return file;
    } finally {
      if (in != null) {
        in.close();
      }
    }
  }

  /**
   * Whether a file that begins with these bytes is one for this class: to open, or to refuse with
   * the way to convert it (the old formats, other pickles).
   *
   * @param firstBytes the first 262 bytes, or all of a shorter file
   */
  public static boolean looksLikePyTorch(byte[] firstBytes) {
    return FileKind.of(firstBytes) != FileKind.OTHER;
  }

  /** Where the file is, for messages. */
  public String path() {
    return refusals.file();
  }

  /** The key the weights were found under; empty if they are the whole file. */
  public Optional<String> stateDictKey() {
    return weights.key();
  }

  /** Every tensor, in the order of the file, without the prefixes of PyTorch's wrappers. */
  public List<TensorSpec> tensors() {
    return List.copyOf(specs.values());
  }

  /**
   * Type and shape of one tensor.
   *
   * @throws CheckpointException if there is no such tensor
   */
  public TensorSpec spec(String tensor) {
    TensorSpec spec = specs.get(tensor);
    if (spec == null) {
      throw new CheckpointException(
          "%s has no tensor '%s'. Use a file of the same architecture.".formatted(path(), tensor));
    }
    return spec;
  }

  /**
   * A whole floating-point tensor, row-major. F16 and BF16 widen exactly; F64 is rounded to the
   * nearest float, as PyTorch does when it loads such a state dictionary into a float32 model.
   *
   * @throws CheckpointException if the tensor is missing, not of floating point, or damaged
   */
  public float[] floats(String tensor) throws IOException {
    TensorSpec spec = spec(tensor);
    ByteBuffer bytes = bytes(spec);
    float[] values = new float[bytes.remaining() / spec.dtype().bytes()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (spec.dtype()) {
            case F64 -> (float) bytes.getDouble();
            case F32 -> bytes.getFloat();
            case F16 -> HalfFloat.toFloat(bytes.getShort());
            case BF16 -> Float.intBitsToFloat(bytes.getShort() << 16);
            case I64, I32, I16, I8, U8, BOOL -> throw wrongType(spec, "a floating-point type");
          };
    }
    return values;
  }

  @Override
  public void close() throws IOException {
    archive.close();
  }

  private static Map<String, TensorSpec> specs(
      StateDict weights, TorchArchive archive, Refusals refusals) {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    weights
        .tensors()
        .forEach(
            (name, tensor) -> {
              archive.require(tensor.storage());
              try {
                specs.put(name, new TensorSpec(name, tensor.storage().dtype(), tensor.shape()));
              } catch (IllegalArgumentException e) {
                throw refusals.damaged("a tensor cannot be: " + e.getMessage(), e);
              }
            });
    return specs;
  }

  /** The elements of a whole tensor, row-major, in the byte order that the buffer has. */
  ByteBuffer bytes(TensorSpec spec) throws IOException {
    TensorRef tensor = weights.tensors().get(spec.name());
    StorageRef storage = tensor.storage();
    if (spec.byteSize() > Integer.MAX_VALUE - 8) {
      throw refusals.refused(
          "has a tensor '%s' of shape %s, too large for one array"
              .formatted(spec.name(), spec.shape()),
          "Use a smaller model.");
    }
    if (loaded.isEmpty() || !loaded.get().storage().equals(storage)) {
      loaded = Optional.empty();
      loaded = Optional.of(new LoadedStorage(storage, ByteBuffer.wrap(archive.read(storage))));
    }
    return RowMajor.bytes(tensor, loaded.get().bytes().array(), archive.order());
  }

  private CheckpointException wrongType(TensorSpec spec, String wanted) {
    return new CheckpointException(
        "%s: tensor '%s' is of type %s, expected %s. Use a file of the same architecture."
            .formatted(path(), spec.name(), spec.dtype(), wanted));
  }
}
