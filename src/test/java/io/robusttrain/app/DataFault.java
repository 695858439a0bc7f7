package io.robusttrain.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What can happen to a shard while a run reads it. */
public enum DataFault implements FaultyReadsFileSystem.Fault {
  VANISHED("shard vanishes", "does not exist") {
    @Override
    public byte[] apply(byte[] whole) throws IOException {
      return FaultyReadsFileSystem.vanished(whole);
    }
  },
  TRUNCATED("shard is cut to half", "bytes instead of|does not end with PAR1") {
    @Override
    public byte[] apply(byte[] whole) {
      return Arrays.copyOf(whole, whole.length / 2);
    }
  },
  EMPTIED("shard has 0 bytes", "0 bytes are no Parquet file") {
    @Override
    public byte[] apply(byte[] whole) {
      return new byte[0];
    }
  },
  LONGER("shard is replaced by a longer one", "bytes instead of \\d+; it was replaced") {
    @Override
    public byte[] apply(byte[] whole) {
      byte[] footer = Arrays.copyOfRange(whole, whole.length - 8 - footer(whole), whole.length);
      ByteBuffer longer = ByteBuffer.allocate(whole.length + 16);
      return longer
          .put(whole, 0, whole.length - footer.length)
          .put(new byte[16])
          .put(footer)
          .array();
    }
  },
  PAGE_BIT("bit flipped in a data page", "checksum of row group \\d+ .* is wrong") {
    @Override
    public byte[] apply(byte[] whole) {
      return flipped(whole, image(whole, 2) + 60, 1);
    }
  },
  PAGE_HEADER_BIT("bit flipped in a page header", "checksum of row group 0 .* is wrong") {
    @Override
    public byte[] apply(byte[] whole) {
      return flipped(whole, 5, 0x10);
    }
  },
  LABEL_BIT("bit flipped in a label", "checksum of row group \\d+ .* is wrong") {
    @Override
    public byte[] apply(byte[] whole) {
      return flipped(whole, whole.length - 8 - footer(whole) - 8, 1);
    }
  },
  FOOTER_BIT("bit flipped in the footer", "checksum of the footer is wrong") {
    @Override
    public byte[] apply(byte[] whole) {
      return flipped(whole, whole.length - 8 - footer(whole) / 2, 1);
    }
  },
  FOOTER_LENGTH("bit flipped in the footer's length", "states a footer|checksum of the footer") {
    @Override
    public byte[] apply(byte[] whole) {
      return flipped(whole, whole.length - 6, 0x40);
    }
  },
  UNDECODABLE("image overwritten with zeros", "damaged|not a JPEG") {
    @Override
    public byte[] apply(byte[] whole) {
      byte[] bytes = whole.clone();
      int from = image(whole, 2) + 40;
      Arrays.fill(bytes, from, from + 60, (byte) 0);
      return bytes;
    }
  },
  BOMB("image header says 60000 x 60000", "60000x60000 pixels, more than the limit") {
    @Override
    public byte[] apply(byte[] whole) {
      byte[] bytes = whole.clone();
      ByteBuffer.wrap(bytes).putInt(image(whole, 2) + 16, 60_000);
      ByteBuffer.wrap(bytes).putInt(image(whole, 2) + 20, 60_000);
      return bytes;
    }
  },
  NO_IMAGE("image is no image", "not a JPEG, PNG or WebP image") {
    @Override
    public byte[] apply(byte[] whole) {
      return flipped(whole, image(whole, 2), 0xff);
    }
  },
  LENGTH_BIT("bit flipped in an image's length", "cannot be read|not a JPEG|damaged") {
    @Override
    public byte[] apply(byte[] whole) {
      return flipped(whole, image(whole, 2) - 2, 0x40);
    }
  };

  private final String words;
  private final String reason;

  DataFault(String words, String reason) {
    this.words = words;
    this.reason = reason;
  }

  /** What happens, for a table. */
  String words() {
    return words;
  }

  /** A pattern of what must be said about it. */
  String reason() {
    return reason;
  }

  /**
   * Whether it is put on a set without checksums, as others write them: those of RobustPrep would
   * find it before the image is looked at.
   */
  public boolean ofForeignSet() {
    return compareTo(UNDECODABLE) >= 0;
  }

  /** Position of an image in the file, by its PNG signature. */
  private static int image(byte[] file, int number) {
    int found = -1;
    for (int i = 0; i + 4 < file.length; i++) {
      if (file[i] == (byte) 0x89 && file[i + 1] == 'P' && file[i + 2] == 'N' && ++found == number) {
        return i;
      }
    }
    throw new IllegalStateException("no image " + number);
  }

  private static int footer(byte[] file) {
    return Integer.reverseBytes(ByteBuffer.wrap(file).getInt(file.length - 8));
  }

  private static byte[] flipped(byte[] whole, int at, int bits) {
    byte[] bytes = whole.clone();
    bytes[at] ^= (byte) bits;
    return bytes;
  }
}
