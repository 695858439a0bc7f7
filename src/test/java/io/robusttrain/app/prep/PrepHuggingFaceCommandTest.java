package io.robusttrain.app.prep;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.data.ParquetFixture;
import io.robusttrain.data.ParquetFixture.Row;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parquet files of others, read in place. */
@Tag("slow")
class PrepHuggingFaceCommandTest {
  private static final String CIFAR =
      """
      message images {
        optional group img { optional binary bytes; optional binary path (UTF8); }
        optional int64 fine_label;
      }""";
  private static final String NAMES =
      """
      {"info": {"features": {
        "fine_label": {"names": ["apple", "bear", "cup"], "_type": "ClassLabel"}}}}""";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir(factory = OddFolder.class)
  private Path folder;

  @Test
  void countsLabelsOfZstandardPagesUnderOtherColumns() {
    ImageColumns columns = new ImageColumns("img", "fine_label");
    ParquetFixture files =
        new ParquetFixture(
            CIFAR, CompressionCodecName.ZSTD, Map.of("huggingface", NAMES), 4, columns);
    files.write(folder.resolve("train-00000-of-00002.parquet"), rows(0, 10));
    files.write(folder.resolve("train-00001-of-00002.parquet"), rows(10, 7));
    String[] named = {"-i", folder.toString(), "--label-column", "fine_label"};
    assertThat(run("huggingface", named)).as(err.toString()).isZero();
    assertThat(out.toString())
        .containsPattern("split train: 17 images, 3 classes, \\d+ bytes of images")
        .contains("  images from column img, labels from column fine_label")
        .containsPattern("0 +6 apple")
        .containsPattern("1 +6 bear")
        .containsPattern("2 +5 cup");
    assertThat(run("verify", "-i", folder.toString(), "--split", "train", named[2], named[3]))
        .as(err + "\n" + out)
        .isZero();
    assertThat(out.toString()).contains("split train: 17 good images in 2 shards, 0 problems");
  }

  @Test
  void saysThatRowsHaveNoLabel() {
    ParquetFixture.plain(4)
        .write(
            folder.resolve("train-00000-of-00001.parquet"),
            List.of(Row.of(image(), 0), new Row(image(), null, "x"), Row.of(image(), 1)));
    assertThat(run("huggingface", "-i", folder.toString())).as(err.toString()).isZero();
    assertThat(out.toString()).containsPattern("\n +1 without a label; remove these rows\n");
  }

  @Test
  void aCodecThatIsNotReadIsOneClearLine() throws IOException {
    Path file = folder.resolve("train-00000-of-00001.parquet");
    ParquetFixture.writeFooter(file, CompressionCodecName.LZ4_RAW);
    String message =
        "file:%s: compressed with LZ4_RAW, which is not read here; write the file again with snappy, zstd, gzip or uncompressed pages"
            .formatted(file);
    assertThat(run("huggingface", "-i", folder.toString())).isEqualTo(3);
    assertThat(err.toString()).isEqualTo("error: " + message + System.lineSeparator());
    assertThat(run("verify", "-i", folder.toString(), "--split", "train")).isEqualTo(3);
    assertThat(out.toString()).contains("wrong: " + message + System.lineSeparator());
  }

  /** The sets that can be read are shown, and the command does not say that all is well. */
  @Test
  void aSplitThatIsThereAndNotReadEndsWithThree() throws IOException {
    ParquetFixture.plain(4).write(folder.resolve("train-00000-of-00001.parquet"), rows(0, 3));
    Path file = folder.resolve("validation-00000-of-00001.parquet");
    ParquetFixture.writeFooter(file, CompressionCodecName.BROTLI);
    assertThat(run("huggingface", "-i", folder.toString())).as(err.toString()).isEqualTo(3);
    assertThat(out.toString())
        .containsPattern("split train: 3 images")
        .doesNotContain("validation");
    assertThat(err.toString().lines())
        .containsExactly(
            "error: file:%s: compressed with BROTLI, which is not read here; write the file again with snappy, zstd, gzip or uncompressed pages"
                .formatted(file),
            "split val left out: %s has no split 'val'; it has train, validation".formatted(folder),
            "split test left out: %s has no split 'test'; it has train, validation"
                .formatted(folder));
  }

  private static List<Row> rows(int first, int count) {
    return IntStream.range(first, first + count).mapToObj(i -> Row.of(image(), i % 3)).toList();
  }

  private static byte[] image() {
    return TestImages.bytes("/images/png_rgb.png");
  }

  private int run(String command, String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = command;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return PrepCommand.execute(new PrintWriter(out, true), new PrintWriter(err, true), all);
  }
}
