package io.robusttrain.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Reads TensorBoard's event files by the published formats alone: records as in
 * tensorflow/core/lib/io/record_reader.h, messages as in
 * https://protobuf.dev/programming-guides/encoding. It shares nothing with the writer.
 */
public final class EventFile {
  private EventFile() {}

  /**
   * A protobuf message: the values of each field by its number, in their order. A varint is a Long,
   * a fixed number the Long of its bits, everything else bytes.
   */
  public static final class Message {
    private final TreeMap<Integer, List<Object>> fields = new TreeMap<>();

    private Message(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      while (in.hasRemaining()) {
        long key = varint(in);
        Object value =
            switch ((int) (key & 7)) {
              case 0 -> varint(in);
              case 1 -> in.getLong();
              case 2 -> {
                byte[] content = new byte[Math.toIntExact(varint(in))];
                in.get(content);
                yield content;
              }
              case 5 -> (long) in.getInt();
              default -> throw new IllegalStateException("wire type of key " + key);
            };
        fields.computeIfAbsent((int) (key >>> 3), number -> new ArrayList<>()).add(value);
      }
    }

    private static long varint(ByteBuffer in) {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = in.get();
        value |= (long) (next & 0x7f) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }

    public boolean has(int field) {
      return fields.containsKey(field);
    }

    /** A varint; 0 where it was left out. */
    public long number(int field) {
      return has(field) ? (Long) fields.get(field).get(0) : 0;
    }

    public double real(int field) {
      return Double.longBitsToDouble(number(field));
    }

    public float single(int field) {
      return Float.intBitsToFloat((int) number(field));
    }

    public byte[] bytes(int field) {
      return (byte[]) fields.get(field).get(0);
    }

    public String text(int field) {
      return new String(bytes(field), StandardCharsets.UTF_8);
    }

    public Message message(int field) {
      return new Message(bytes(field));
    }

    /** A packed list of doubles. */
    public double[] reals(int field) {
      ByteBuffer in = ByteBuffer.wrap(bytes(field)).order(ByteOrder.LITTLE_ENDIAN);
      double[] all = new double[in.remaining() / Double.BYTES];
      in.asDoubleBuffer().get(all);
      return all;
    }
  }

  /** A {@code Summary.Value} and the step of its event. */
  public record Value(long step, String tag, Message content) {}

  /** All values of a file; fails where a checksum does not hold. */
  public static List<Value> values(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Value> values = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = checked(in, Long.BYTES);
      long size = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
      Message event = new Message(checked(in, Math.toIntExact(size)));
      if (event.has(5)) {
        for (Object value : event.message(5).fields.getOrDefault(1, List.of())) {
          Message content = new Message((byte[]) value);
          values.add(new Value(event.number(2), content.text(1), content));
        }
      }
    }
    return values;
  }

  private static byte[] checked(ByteBuffer in, int size) {
    byte[] bytes = new byte[size];
    in.get(bytes);
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    long sum = crc.getValue();
    long masked = ((sum >>> 15 | sum << 17) + 0xa282ead8L) & 0xffffffffL;
    if (masked != (in.getInt() & 0xffffffffL)) {
      throw new IllegalStateException("the checksum of %d bytes does not hold".formatted(size));
    }
    return bytes;
  }
}
