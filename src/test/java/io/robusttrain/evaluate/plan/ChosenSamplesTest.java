package io.robusttrain.evaluate.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.ParquetFixture;
import io.robusttrain.data.ParquetFixture.Row;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of images whose names could be anything else. */
class ChosenSamplesTest {
  private static final Configuration CONF = new Configuration(false);
  private static final List<String> NAMES =
      List.of(
          "#1 hüte/a.png",
          "[x]{a,b}/a b.png",
          "100%25/a%20b.png",
          "+/#2.png",
          "x/y.png",
          "x/z.png");

  @TempDir(factory = OddFolder.class)
  private Path folder;

  private ImageSet images;

  @BeforeEach
  void write() {
    List<Row> rows =
        IntStream.range(0, NAMES.size())
            .mapToObj(i -> new Row(new byte[] {1}, i % 2, NAMES.get(i)))
            .toList();
    ParquetFixture.plain(4).write(folder.resolve("data/validation.parquet"), rows);
    images = ImageSet.open(CONF, folder.resolve("data").toString(), "validation");
  }

  @Test
  void aLineThatNamesAnImageIsNoComment() throws IOException {
    assertThat(chosen("# hats\n" + String.join("\n", NAMES.subList(0, 5))).ids())
        .containsExactly(0, 1, 2, 3, 4);
    assertThat(chosen("#2.png\n5\n#3.png").ids()).containsExactly(3, 5);
  }

  @Test
  void aListOfCommentsNamesNoImage() {
    assertThatThrownBy(() -> chosen("# 1\n\n#3.png\n"))
        .isInstanceOf(EvaluationException.class)
        .hasMessageEndingWith("names no image; write one id or file name a line");
  }

  private ChosenSamples chosen(String lines) throws IOException {
    Path list = Files.writeString(folder.resolve("list.txt"), lines);
    return ChosenSamples.of(new SampleChoice.Listed(list.toString()), images, CONF);
  }
}
