package io.robusttrain.data.prep.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.robusttrain.data.DataException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads ILSVRC2012_ID and WNID of every synset out of the devkit's {@code meta.mat}: MATLAB level 5
 * format, a struct array named {@code synsets}. Reads what that file needs of the format, nothing
 * more. Source: MathWorks, "MAT-File Format", chapter 1.
 */
final class DevkitSynsets {
  private static final int HEADER = 128;
  private static final int LARGEST = 64 << 20;
  private static final int MI_INT8 = 1;
  private static final int MI_UINT16 = 4;
  private static final int MI_MATRIX = 14;
  private static final int MI_COMPRESSED = 15;
  private static final int MI_UTF8 = 16;
  private static final int MX_STRUCT = 2;

  private record Element(int type, ByteBuffer data) {}

  private DevkitSynsets() {}

  /**
   * WordNet ids by ILSVRC2012_ID.
   *
   * @throws DataException when the bytes are no such file
   */
  static Map<Integer, String> read(String source, byte[] mat) {
    try {
      ByteBuffer file = ByteBuffer.wrap(mat).order(ByteOrder.LITTLE_ENDIAN);
      if (mat.length < HEADER || file.getShort(126) != 0x4d49) {
        throw new DataException("no little-endian MATLAB 5 file");
      }
      file.position(HEADER);
      while (file.remaining() >= 8) {
        Element element = next(file);
        if (element.type() == MI_COMPRESSED) {
          element = next(inflated(element.data()));
        }
        if (element.type() == MI_MATRIX) {
          Map<Integer, String> synsets = synsets(element.data());
          if (!synsets.isEmpty()) {
            return synsets;
          }
        }
      }
      throw new DataException("no struct array 'synsets' with ILSVRC2012_ID and WNID");
    } catch (BufferUnderflowException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | DataFormatException
        | DataException e) {
      throw new DataException(
          "%s: cannot read the synsets (%s); give the validation labels as a text file with --labels instead"
              .formatted(source, e.getMessage()),
          e);
    }
  }

  private static Map<Integer, String> synsets(ByteBuffer matrix) {
    Map<Integer, String> wnids = new HashMap<>();
    int kind = next(matrix).data().getInt(0) & 0xff;
    ByteBuffer dimensions = next(matrix).data();
    String name = text(next(matrix));
    if (kind != MX_STRUCT || !name.equals("synsets")) {
      return wnids;
    }
    int count = 1;
    while (dimensions.hasRemaining()) {
      count = Math.multiplyExact(count, dimensions.getInt());
    }
    int nameLength = next(matrix).data().getInt(0);
    ByteBuffer names = next(matrix).data();
    List<String> fields = new ArrayList<>();
    byte[] field = new byte[nameLength];
    while (names.remaining() >= nameLength) {
      names.get(field);
      fields.add(new String(field, ISO_8859_1).replaceAll("\0.*", ""));
    }
    int id = fields.indexOf("ILSVRC2012_ID");
    int wnid = fields.indexOf("WNID");
    if (id < 0 || wnid < 0) {
      return wnids;
    }
    for (int i = 0; i < count; i++) {
      List<Element> values = new ArrayList<>();
      for (int f = 0; f < fields.size(); f++) {
        values.add(next(matrix));
      }
      wnids.put((int) number(content(values.get(id))), text(content(values.get(wnid))));
    }
    return wnids;
  }

  /** The data element of a numeric or character matrix, behind flags, dimensions and name. */
  private static Element content(Element matrix) {
    ByteBuffer data = matrix.data();
    next(data);
    next(data);
    next(data);
    return next(data);
  }

  /** Takes one element with its padding. */
  private static Element next(ByteBuffer buffer) {
    int tag = buffer.getInt();
    int type = tag & 0xffff;
    int length = tag >>> 16;
    int start = buffer.position();
    int end = start + 4;
    if (length == 0) {
      type = tag;
      length = buffer.getInt();
      start = buffer.position();
      // A compressed element is not padded; a matrix is a multiple of eight by its parts.
      end = type == MI_COMPRESSED ? start + length : start + (length + 7) / 8 * 8;
    }
    ByteBuffer data = buffer.slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.position(Math.min(end, buffer.limit()));
    return new Element(type, data);
  }

  private static ByteBuffer inflated(ByteBuffer data) throws DataFormatException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(data);
      byte[] bytes = new byte[1 << 16];
      int n = 0;
      while (!inflater.finished()) {
        int got = inflater.inflate(bytes, n, bytes.length - n);
        n += got;
        if (got == 0 && n < bytes.length) {
          throw new DataException("compressed element is cut short");
        }
        if (n == bytes.length) {
          if (n >= LARGEST) {
            throw new DataException("an element is larger than " + LARGEST + " bytes");
          }
          bytes = Arrays.copyOf(bytes, 2 * n);
        }
      }
      return ByteBuffer.wrap(bytes, 0, n).order(ByteOrder.LITTLE_ENDIAN);
    } finally {
      inflater.end();
    }
  }

  private static String text(Element element) {
    byte[] bytes = new byte[element.data().remaining()];
    element.data().get(bytes);
    return switch (element.type()) {
      case MI_INT8, 2 -> new String(bytes, ISO_8859_1);
      case MI_UINT16, 17 -> new String(bytes, UTF_16LE);
      case MI_UTF8 -> new String(bytes, UTF_8);
      default -> throw new DataException("text of MATLAB type " + element.type());
    };
  }

  private static double number(Element element) {
    ByteBuffer data = element.data();
    return switch (element.type()) {
      case MI_INT8, 2 -> data.get() & 0xff;
      case 3, MI_UINT16 -> data.getShort() & 0xffff;
      case 5, 6 -> data.getInt();
      case 7 -> data.getFloat();
      case 9 -> data.getDouble();
      default -> throw new DataException("number of MATLAB type " + element.type());
    };
  }
}
