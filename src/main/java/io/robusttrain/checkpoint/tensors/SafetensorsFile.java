package io.robusttrain.checkpoint.tensors;

import io.robusttrain.base.Sha256;
import io.robusttrain.storage.Storage;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A safetensors file open for reading: the header is checked whole when the file is opened, data is
 * read on demand, so a file may be larger than memory. Not thread-safe. Content that contradicts
 * itself is a {@link CheckpointException}, a failing file system an {@link IOException}.
 */
public final class SafetensorsFile implements Closeable {
  private static final int CHUNK = 1 << 20;

  private final String name;
  private final FSDataInputStream in;
  private final SafetensorsHeader header;
  private final long dataStart;

  private SafetensorsFile(
      String name, FSDataInputStream in, SafetensorsHeader header, long dataStart) {
    this.name = name;
    this.in = in;
    this.header = header;
    this.dataStart = dataStart;
  }

  /**
   * Opens a file and checks its header: length, JSON, types, shapes, offsets in range without gap
   * or overlap, and that all the data is there.
   */
  public static SafetensorsFile open(FileSystem fs, Path path) throws IOException {
    return Storage.read(fs, path, place -> open(fs, place, path.toString()));
  }

  private static SafetensorsFile open(FileSystem fs, Path place, String name) throws IOException {
    long size = fs.getFileStatus(place).getLen();
    FSDataInputStream in = fs.open(place);
    try {
      SafetensorsFile file = parse(name, in, size);
      in = null;
      return file;
    } catch (EOFException e) {
      throw SafetensorsHeader.damaged(name, "it ends before its header does", e);
    } finally {
      if (in != null) {
        in.close();
      }
    }
  }

  private static SafetensorsFile parse(String name, FSDataInputStream in, long size)
      throws IOException {
    byte[] prefix = new byte[8];
    in.readFully(prefix);
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > SafetensorsHeader.MAX_BYTES || length > size - 8) {
      throw SafetensorsHeader.damaged(
          name,
          "it announces a header of %s bytes; the file has %d and the format allows %d"
              .formatted(Long.toUnsignedString(length), size, SafetensorsHeader.MAX_BYTES),
          null);
    }
    byte[] json = new byte[(int) length];
    in.readFully(json);
    SafetensorsHeader header = SafetensorsHeader.parse(json, size - 8 - length, name);
    return new SafetensorsFile(name, in, header, 8 + length);
  }

  /** Where the file is, for messages. */
  public String path() {
    return name;
  }

  /** The free strings of the header. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** Every tensor, in header order. */
  public List<TensorSpec> tensors() {
    return header.entries().values().stream().map(SafetensorsHeader.Entry::spec).toList();
  }

  /**
   * Type and shape of one tensor.
   *
   * @throws CheckpointException if there is no such tensor
   */
  public TensorSpec spec(String tensor) {
    return entry(tensor).spec();
  }

  /** A whole floating-point tensor, row-major; F16 and BF16 widen exactly, F64 is refused. */
  public float[] floats(String tensor) throws IOException {
    float[] values = new float[arrayLength(spec(tensor))];
    floats(tensor, 0, values, 0, values.length);
    return values;
  }

  /**
   * Reads {@code count} elements from {@code position} on, of an F32, F16 or BF16 tensor, into
   * {@code target} from {@code offset} on.
   *
   * @throws CheckpointException if the tensor is missing, of another type, or shorter
   */
  public void floats(String tensor, long position, float[] target, int offset, int count)
      throws IOException {
    TensorSpec spec = spec(tensor);
    requireRange(spec, position, count);
    int done = 0;
    while (done < count) {
      int piece = Math.min(CHUNK / spec.dtype().bytes(), count - done);
      ByteBuffer bytes = read(tensor, position + done, piece);
      switch (spec.dtype()) {
        case F32 -> bytes.asFloatBuffer().get(target, offset + done, piece);
        case F16 -> {
          for (int i = 0; i < piece; i++) {
            target[offset + done + i] = HalfFloat.toFloat(bytes.getShort(2 * i));
          }
        }
        case BF16 -> {
          for (int i = 0; i < piece; i++) {
            target[offset + done + i] = Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
          }
        }
        default -> throw wrongType(spec, "F32, F16 or BF16");
      }
      done += piece;
    }
  }

  /** A whole F64 tensor, row-major. */
  public double[] doubles(String tensor) throws IOException {
    TensorSpec spec = spec(tensor);
    if (spec.dtype() != DType.F64) {
      throw wrongType(spec, "F64");
    }
    double[] values = new double[arrayLength(spec)];
    ByteBuffer.wrap(bytes(tensor)).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
    return values;
  }

  /** The little-endian bytes of a whole tensor. */
  public byte[] bytes(String tensor) throws IOException {
    TensorSpec spec = spec(tensor);
    if (spec.byteSize() > Integer.MAX_VALUE - 8) {
      throw tooLarge(spec);
    }
    return read(tensor, 0, (int) spec.elements()).array();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** SHA-256 of all data bytes in the order of the file, for comparison with a stored checksum. */
  public String dataSha256() throws IOException {
    in.seek(dataStart);
    return Sha256.of(in);
  }

  private ByteBuffer read(String tensor, long position, int count) throws IOException {
    SafetensorsHeader.Entry entry = entry(tensor);
    int width = entry.spec().dtype().bytes();
    byte[] bytes = new byte[count * width];
    in.seek(dataStart + entry.begin() + position * width);
    in.readFully(bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private SafetensorsHeader.Entry entry(String tensor) {
    SafetensorsHeader.Entry entry = header.entries().get(tensor);
    if (entry == null) {
      throw new CheckpointException(
          "%s has no tensor '%s'. Use a file of the same architecture.".formatted(name, tensor));
    }
    return entry;
  }

  private void requireRange(TensorSpec spec, long position, int count) {
    if (position < 0 || count < 0 || count > spec.elements() - position) {
      throw new CheckpointException(
          "%s: elements %d to %d of tensor '%s' were asked for, it has %d."
              .formatted(name, position, position + count, spec.name(), spec.elements()));
    }
  }

  private int arrayLength(TensorSpec spec) {
    if (spec.elements() > Integer.MAX_VALUE - 8) {
      throw tooLarge(spec);
    }
    return (int) spec.elements();
  }

  private CheckpointException tooLarge(TensorSpec spec) {
    return new CheckpointException(
        "%s: tensor '%s' of shape %s is too large for one array. Read it piece by piece."
            .formatted(name, spec.name(), spec.shape()));
  }

  private CheckpointException wrongType(TensorSpec spec, String wanted) {
    return new CheckpointException(
        "%s: tensor '%s' is of type %s, expected %s. Use a file of the same architecture."
            .formatted(name, spec.name(), spec.dtype(), wanted));
  }
}
