package io.robusttrain.collective;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** Floats as bytes, the high one first. */
final class FloatStream {
  private static final int CHUNK = 16_384;

  private FloatStream() {}

  static void write(OutputStream out, float[] array, int offset, int length) throws IOException {
    byte[] bytes = new byte[CHUNK * Float.BYTES];
    FloatBuffer floats = ByteBuffer.wrap(bytes).asFloatBuffer();
    for (int done = 0; done < length; done += CHUNK) {
      int count = Math.min(CHUNK, length - done);
      floats.clear();
      floats.put(array, offset + done, count);
      out.write(bytes, 0, count * Float.BYTES);
    }
  }

  static float[] read(InputStream in, int length) throws IOException {
    byte[] bytes = new byte[CHUNK * Float.BYTES];
    FloatBuffer floats = ByteBuffer.wrap(bytes).asFloatBuffer();
    float[] array = new float[length];
    for (int done = 0; done < length; done += CHUNK) {
      int count = Math.min(CHUNK, length - done);
      if (in.readNBytes(bytes, 0, count * Float.BYTES) < count * Float.BYTES) {
        throw new EOFException("the line ended within the weights");
      }
      floats.clear();
      floats.get(array, done, count);
    }
    return array;
  }
}
