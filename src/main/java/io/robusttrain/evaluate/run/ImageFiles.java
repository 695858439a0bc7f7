package io.robusttrain.evaluate.run;

import io.robusttrain.evaluate.plan.Cut;
import io.robusttrain.evaluate.plan.EvaluationException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;

/**
 * The chosen images, decoded once: raw unsigned bytes (3, S, S) one after the other in one file for
 * each block of the clean stage, so that any survivors can be read by their offsets. Each image has
 * a checksum, which the clean stage's outcome keeps.
 */
public final class ImageFiles {
  public static final String DIRECTORY = "images";

  private final EvaluationFolder folder;
  private final Cut cut;
  private final int imageBytes;

  ImageFiles(EvaluationFolder folder, Cut cut, int imageBytes) {
    this.folder = folder;
    this.cut = cut;
    this.imageBytes = imageBytes;
  }

  private static String name(int block) {
    return "%s/block-%05d.u8".formatted(DIRECTORY, block);
  }

  void write(int block, byte[] pixels) throws IOException {
    folder.write(name(block), pixels);
  }

  long checksum(byte[] pixels, int index) {
    CRC32C crc = new CRC32C();
    crc.update(pixels, index * imageBytes, imageBytes);
    return crc.getValue();
  }

  /**
   * Reads images.
   *
   * @param rows ascending numbers among the chosen images
   * @param checksums of these images
   * @return unsigned bytes (rows, 3, S, S)
   */
  byte[] read(int[] rows, long[] checksums) throws IOException {
    FileSystem fs = folder.fileSystem();
    byte[] pixels = new byte[Math.multiplyExact(rows.length, imageBytes)];
    int next = 0;
    while (next < rows.length) {
      int block = cut.blockOf(rows[next]);
      try (FSDataInputStream in = fs.open(folder.path(name(block)))) {
        for (; next < rows.length && cut.blockOf(rows[next]) == block; next++) {
          long offset = (long) (rows[next] - cut.start(block)) * imageBytes;
          in.readFully(offset, pixels, next * imageBytes, imageBytes);
          if (checksum(pixels, next) != checksums[next]) {
            throw new EvaluationException(
                "%s is damaged: image %d does not match its checksum; remove the output directory and evaluate again"
                    .formatted(folder.path(name(block)), rows[next]));
          }
        }
      } catch (FileNotFoundException e) {
        throw new EvaluationException(
            "%s is missing; remove the output directory and evaluate again"
                .formatted(folder.path(name(block))),
            e);
      }
    }
    return pixels;
  }
}
