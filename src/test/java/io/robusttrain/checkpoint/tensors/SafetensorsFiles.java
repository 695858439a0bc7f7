package io.robusttrain.checkpoint.tensors;

import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;

/** Safetensors files of the local disk, for tests. */
public final class SafetensorsFiles {
  private SafetensorsFiles() {}

  /** Opens a file of the local disk. */
  public static SafetensorsFile open(Path path) throws IOException {
    org.apache.hadoop.fs.Path local = new org.apache.hadoop.fs.Path(path.toAbsolutePath().toUri());
    return SafetensorsFile.open(Storage.fileSystem(local, new Configuration()), local);
  }

  /** A whole integer or boolean tensor, row-major, widened to 64 bits; U8 is unsigned. */
  public static long[] longs(SafetensorsFile file, String tensor) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(file.bytes(tensor)).order(ByteOrder.LITTLE_ENDIAN);
    return longs(file.spec(tensor).dtype(), bytes);
  }

  /** The elements of an integer or boolean type that a buffer holds; U8 is unsigned. */
  public static long[] longs(DType type, ByteBuffer bytes) {
    long[] values = new long[bytes.remaining() / type.bytes()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case I64 -> bytes.getLong();
            case I32 -> bytes.getInt();
            case I16 -> bytes.getShort();
            case I8 -> bytes.get();
            case U8, BOOL -> Byte.toUnsignedLong(bytes.get());
            case F64, F32, F16, BF16 -> throw new IllegalArgumentException("no integers: " + type);
          };
    }
    return values;
  }
}
