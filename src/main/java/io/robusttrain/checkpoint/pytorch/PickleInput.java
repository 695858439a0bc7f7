package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle, read from front to back; an end that comes early is an error. */
final class PickleInput {
  private final ByteBuffer bytes;
  private final Refusals refusals;

  PickleInput(byte[] pickle, Refusals refusals) {
    this.bytes = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
    this.refusals = refusals;
  }

  int position() {
    return bytes.position();
  }

  boolean atEnd() {
    return !bytes.hasRemaining();
  }

  int unsignedByte() {
    return require(1).get() & 0xff;
  }

  int unsignedShort() {
    return require(2).getShort() & 0xffff;
  }

  int signedInt() {
    return require(4).getInt();
  }

  long unsignedInt() {
    return require(4).getInt() & 0xffffffffL;
  }

  /** A length of 64 bits; one beyond 63 bits comes back negative and fails where it is used. */
  long length() {
    return require(8).getLong();
  }

  void skip(long count) {
    require(count);
    bytes.position(bytes.position() + (int) count);
  }

  /** An integer of {@code count} bytes, at most 8, in two's complement. */
  long integer(int count) {
    require(count);
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (bytes.get() & 0xffL) << (8 * i);
    }
    int unused = 64 - 8 * count;
    return count == 0 ? 0 : value << unused >> unused;
  }

  String utf8(long count) {
    require(count);
    ByteBuffer text = bytes.slice(bytes.position(), (int) count);
    skip(count);
    return decode(text);
  }

  /** The text up to the end of the line, without it. */
  String line() {
    int begin = bytes.position();
    while (unsignedByte() != '\n') {
      // The end of the line ends the loop, the end of the bytes is an error.
    }
    return decode(bytes.slice(begin, bytes.position() - 1 - begin));
  }

  private String decode(ByteBuffer text) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
    } catch (CharacterCodingException e) {
      throw damaged("a text is not UTF-8", e);
    }
  }

  /** The bytes from here on; fails unless {@code count} bytes follow. */
  ByteBuffer require(long count) {
    if (count < 0 || count > bytes.remaining()) {
      throw damaged(
          "it ends where %s more bytes should be".formatted(Long.toUnsignedString(count)), null);
    }
    return bytes;
  }

  private CheckpointException damaged(String what, Throwable cause) {
    return refusals.damaged("its pickle at byte %d: %s".formatted(bytes.position(), what), cause);
  }
}
