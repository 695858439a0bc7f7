package io.robusttrain.app.eval;

import io.robusttrain.data.ParquetFixture;
import io.robusttrain.data.ParquetFixture.Row;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.evaluate.run.TinyVictim;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * The images of a {@link TinyVictim} as others have them: in a Parquet file with columns {@code
 * img} and {@code fine_label}, and upside down, which their EXIF data say.
 */
final class TurnedImages {
  private static final String SCHEMA =
      """
      message images {
        optional group img { optional binary bytes; optional binary path (UTF8); }
        optional int64 fine_label;
      }""";

  /** Big-endian, one entry: orientation, the short 3. */
  private static final byte[] UPSIDE_DOWN =
      ByteBuffer.allocate(26)
          .put("MM".getBytes(StandardCharsets.US_ASCII))
          .putShort((short) 42)
          .putInt(8)
          .putShort((short) 1)
          .putShort((short) 0x0112)
          .putShort((short) 3)
          .putInt(1)
          .putShort((short) 3)
          .array();

  /** Signature and header of a PNG. */
  private static final int START = 8 + 25;

  private TurnedImages() {}

  static void write(TinyVictim victim, Path target) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (Path file : files(victim.files())) {
      String folder = file.getParent().getFileName().toString();
      int label = Integer.parseInt(folder.replace("class-", ""));
      rows.add(new Row(turned(ImageIO.read(file.toFile())), label, file.getFileName().toString()));
    }
    new ParquetFixture(
            SCHEMA, CompressionCodecName.ZSTD, Map.of(), 7, new ImageColumns("img", "fine_label"))
        .write(target, rows);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static byte[] turned(BufferedImage image) throws IOException {
    int width = image.getWidth();
    int height = image.getHeight();
    BufferedImage turned = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        turned.setRGB(width - 1 - x, height - 1 - y, image.getRGB(x, y));
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(turned, "png", png);
    byte[] bytes = png.toByteArray();
    byte[] chunk = chunk("eXIf", UPSIDE_DOWN);
    return ByteBuffer.allocate(bytes.length + chunk.length)
        .put(bytes, 0, START)
        .put(chunk)
        .put(bytes, START, bytes.length - START)
        .array();
  }

  private static byte[] chunk(String type, byte[] data) {
    byte[] checked =
        ByteBuffer.allocate(4 + data.length)
            .put(type.getBytes(StandardCharsets.US_ASCII))
            .put(data)
            .array();
    CRC32 crc = new CRC32();
    crc.update(checked);
    return ByteBuffer.allocate(8 + checked.length)
        .putInt(data.length)
        .put(checked)
        .putInt((int) crc.getValue())
        .array();
  }
}
