package io.robusttrain.data.shard;

import com.github.luben.zstd.Zstd;
import io.robusttrain.data.DataException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/**
 * Page decompression without Hadoop's codecs: Hadoop's zstd exists only where libhadoop is
 * installed, while the libraries used here are on Spark's class path. Stateless and thread-safe.
 */
final class PageCodecs implements CompressionCodecFactory {
  private static final Set<CompressionCodecName> READ =
      Set.of(
          CompressionCodecName.UNCOMPRESSED,
          CompressionCodecName.SNAPPY,
          CompressionCodecName.GZIP,
          CompressionCodecName.ZSTD);

  /** A page may unpack to so many bytes whatever it claims. */
  private static final int LARGEST_BLIND = 1 << 24;

  /** Beyond that, encoded images and their labels never shrink to less than this part. */
  private static final int MOST_GROWTH = 200;

  /** Whether pages of a codec can be read. */
  static boolean reads(CompressionCodecName codec) {
    return READ.contains(codec);
  }

  /** Says that pages cannot be read, and what to do. */
  static DataException unreadable(String where, CompressionCodecName codec) {
    return new DataException(
        "%s: compressed with %s, which is not read here; write the file again with snappy, zstd, gzip or uncompressed pages"
            .formatted(where, codec));
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    throw new UnsupportedOperationException("this factory only reads");
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return switch (codec) {
      case UNCOMPRESSED -> new Pages((bytes, size) -> bytes);
      case SNAPPY -> new Pages(PageCodecs::unsnap);
      case GZIP -> new Pages(PageCodecs::gunzip);
      case ZSTD -> new Pages((bytes, size) -> Zstd.decompress(bytes, size));
      default -> throw unreadable("Parquet pages", codec);
    };
  }

  @Override
  public void release() {
    // Nothing is pooled.
  }

  /** The bytes state their own size, too; it must not be another. */
  private static byte[] unsnap(byte[] bytes, int size) throws IOException {
    int stated = Snappy.uncompressedLength(bytes);
    if (stated != size) {
      throw new IOException("damaged page: %d bytes where %d are stated".formatted(stated, size));
    }
    return Snappy.uncompress(bytes);
  }

  private static byte[] gunzip(byte[] bytes, int size) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return in.readNBytes(size);
    }
  }

  private interface Decompression {
    byte[] apply(byte[] bytes, int uncompressedSize) throws IOException;
  }

  private record Pages(Decompression decompression) implements BytesInputDecompressor {
    @Override
    public BytesInput decompress(BytesInput bytes, int uncompressedSize) throws IOException {
      return BytesInput.from(run(bytes.toByteArray(), uncompressedSize));
    }

    @Override
    public void decompress(
        ByteBuffer input, int compressedSize, ByteBuffer output, int uncompressedSize)
        throws IOException {
      byte[] bytes = new byte[compressedSize];
      input.get(bytes);
      output.put(run(bytes, uncompressedSize));
    }

    private byte[] run(byte[] bytes, int size) throws IOException {
      byte[] out;
      if (size > LARGEST_BLIND && (long) bytes.length * MOST_GROWTH < size) {
        throw new IOException(
            "a page of %d bytes states %d bytes unpacked, a decompression bomb"
                .formatted(bytes.length, size));
      }
      try {
        out = decompression.apply(bytes, size);
      } catch (RuntimeException e) { // zstd reports damage with an unchecked exception
        throw new IOException("damaged page: " + e.getMessage(), e);
      }
      if (out.length != size) {
        throw new IOException(
            "damaged page: %d bytes where %d are stated".formatted(out.length, size));
      }
      return out;
    }

    @Override
    public void release() {
      // Nothing is held.
    }
  }
}
