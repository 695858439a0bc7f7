package io.robusttrain.collective;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;

/** Some bytes after their number. */
final class Bytes {
  private static final int MOST = 1 << 20;

  private Bytes() {}

  static void write(DataOutputStream out, byte[] bytes) throws IOException {
    if (bytes.length > MOST) {
      throw new IOException("a worker brings %d bytes".formatted(bytes.length));
    }
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static byte[] read(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MOST) {
      throw new IOException("somebody brings %d bytes".formatted(length));
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the line ended within a message");
    }
    return bytes;
  }
}
