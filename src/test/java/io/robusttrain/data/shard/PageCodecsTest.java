package io.robusttrain.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.robusttrain.data.DataException;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.data.load.ImageSetTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputDecompressor;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;

/** Snappy, gzip and uncompressed pages are read in {@link ImageSetTest}. */
class PageCodecsTest {
  private static final byte[] PAGE = TestImages.bytes("/images/jpeg_420.jpg");

  @Test
  void readsZstandard() throws IOException {
    byte[] packed = Zstd.compress(PAGE);
    BytesInputDecompressor pages = new PageCodecs().getDecompressor(CompressionCodecName.ZSTD);
    BytesInput unpacked = pages.decompress(BytesInput.from(packed), PAGE.length);
    assertThat(unpacked.toByteArray()).isEqualTo(PAGE);
    ByteBuffer output = ByteBuffer.allocate(PAGE.length);
    pages.decompress(ByteBuffer.wrap(packed), packed.length, output, PAGE.length);
    assertThat(output.array()).isEqualTo(PAGE);
  }

  @Test
  void noticesDamage() {
    byte[] packed = Zstd.compress(PAGE);
    packed[0] ^= 1;
    BytesInputDecompressor pages = new PageCodecs().getDecompressor(CompressionCodecName.ZSTD);
    assertThatThrownBy(() -> pages.decompress(BytesInput.from(packed), PAGE.length))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged page");
  }

  @Test
  void refusesToUnpackBombs() {
    byte[] packed = Zstd.compress(new byte[32 << 20]);
    assertThat(packed.length).isLessThan(1 << 16);
    BytesInputDecompressor pages = new PageCodecs().getDecompressor(CompressionCodecName.ZSTD);
    assertThatThrownBy(() -> pages.decompress(BytesInput.from(packed), 32 << 20))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("states 33554432 bytes unpacked, a decompression bomb");
  }

  @Test
  void namesTheCodecsItReads() {
    assertThatThrownBy(() -> new PageCodecs().getDecompressor(CompressionCodecName.LZO))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("LZO")
        .hasMessageContaining("snappy, zstd, gzip or uncompressed");
  }
}
