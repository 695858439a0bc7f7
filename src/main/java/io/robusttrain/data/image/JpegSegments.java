package io.robusttrain.data.image;

/**
 * A cursor over the marker segments of a JPEG before its first scan. Reading past the end throws
 * {@link ArrayIndexOutOfBoundsException}, which callers turn into "cut short".
 */
final class JpegSegments {
  private final byte[] bytes;
  private int at = 2;
  private int marker;
  private int start;
  private int end;

  JpegSegments(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Moves to the next segment; false at the first scan or the end of the image. */
  boolean next() {
    while (u8(bytes, at) != 0xff) {
      at++; // garbage between segments, which decoders skip too
    }
    while (u8(bytes, at) == 0xff) {
      at++;
    }
    marker = u8(bytes, at++);
    if (marker == 0xd9 || marker == 0xda) {
      return false;
    }
    start = at + 2;
    boolean standalone = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += standalone ? 0 : u16(bytes, at);
    end = at;
    return true;
  }

  /** Second byte of the marker. */
  int marker() {
    return marker;
  }

  /** Whether the segment is a frame header (SOF0 to SOF15 without DHT, JPG and DAC). */
  boolean isFrame() {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  /** Index of the first byte after the segment's length. */
  int start() {
    return start;
  }

  /** Index of the first byte behind the segment. */
  int end() {
    return end;
  }

  /** The unsigned byte at an index. */
  static int u8(byte[] b, int at) {
    return b[at] & 0xff;
  }

  /** The unsigned big-endian number of two bytes from an index on. */
  static int u16(byte[] b, int at) {
    return u8(b, at) << 8 | u8(b, at + 1);
  }
}
