package io.robusttrain.chaos;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The scalars of a run's TensorBoard files, as far as they are written. */
final class EventFile {
  private static final int FRAME = 8 + 4 + 4;

  private EventFile() {}

  /**
   * Reads one scalar.
   *
   * @param folder the run's {@code events}
   * @param tag such as {@code executor/live_handles}
   * @return its values in the order in which they were written
   */
  static List<Double> scalar(Path folder, String tag) throws IOException {
    List<Double> values = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        read(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN), tag, values);
      }
    }
    return values;
  }

  /** Records: length, checksum of the length, bytes, checksum of the bytes. */
  private static void read(ByteBuffer file, String tag, List<Double> values) {
    while (file.remaining() > FRAME) {
      int length = (int) file.getLong();
      file.getInt();
      if (file.remaining() < length + 4) {
        return;
      }
      byte[] event = new byte[length];
      file.get(event);
      file.getInt();
      value(event, tag, values);
    }
  }

  /** The value, a field of four bytes behind the tag: {@code tag = 1, simple_value = 2}. */
  private static void value(byte[] event, String tag, List<Double> values) {
    String text = new String(event, StandardCharsets.ISO_8859_1);
    String key = "\n" + (char) tag.length() + tag + (char) (2 << 3 | 5);
    int at = text.indexOf(key);
    if (at >= 0) {
      ByteBuffer buffer = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
      values.add((double) buffer.getFloat(at + key.length()));
    }
  }
}
