package io.robusttrain.app.prep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.DataFault;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepVerifyCommandTest {
  @TempDir(factory = OddFolder.class)
  private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void findsEverythingThatIsWrongAtOnce() throws IOException {
    Path set = folder.resolve("set");
    assertThat(
            prep(
                "synthetic",
                "--output",
                set.toString(),
                "--train",
                "40",
                "--val",
                "16",
                "--size",
                "32",
                "--row-group-samples",
                "8",
                "--shard-size",
                "30KB"))
        .isZero();
    assertThat(verify(set)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains(
            "split train: 40 good images in", "split validation: 16 good images", ", 0 problems");

    Path first = set.resolve("train/part-00000.parquet");
    Path second = set.resolve("train/part-00001.parquet");
    Files.write(first, DataFault.PAGE_BIT.apply(Files.readAllBytes(first)));
    Files.write(second, DataFault.TRUNCATED.apply(Files.readAllBytes(second)));
    Files.delete(set.resolve("validation/part-00000.parquet"));
    out.getBuffer().setLength(0);
    assertThat(verify(set)).isEqualTo(3);
    assertThat(out.toString())
        .contains(
            "train/part-00000.parquet has the SHA-256",
            "train/part-00000.parquet: the checksum of row group 0 is wrong",
            "bytes, but dataset.json states",
            "train/part-00001.parquet cannot be read as Parquet",
            "validation/part-00000.parquet");

    // Without the manifest the pages decide, and then the images.
    Files.delete(set.resolve("dataset.json"));
    Files.write(first, DataFault.BOMB.apply(DataFault.PAGE_BIT.apply(Files.readAllBytes(first))));
    out.getBuffer().setLength(0);
    assertThat(prep("verify", "--input", set.toString(), "--split", "train", "--threads", "2"))
        .isEqualTo(3);
    assertThat(out.toString()).contains("60000x60000", "row 2 of row group 0");
    assertThat(prep("verify", "--input", set.toString())).isEqualTo(3);
    assertThat(err.toString()).contains("name them with --split");
  }

  @Test
  void aManifestCannotNameFilesElsewhere() throws IOException {
    Files.writeString(
        folder.resolve("dataset.json"),
        """
        {"format": "robusttrain-dataset", "version": 1, "classes": ["a"], "splits": {"train":
        {"samples": 1, "shards": [{"file": "../secret.parquet", "samples": 1}]}}}
        """,
        UTF_8);
    assertThat(verify(folder)).isEqualTo(3);
    assertThat(err.toString())
        .contains("lists the file '../secret.parquet'", "not lie in its folder");
  }

  private int verify(Path set) {
    return prep("verify", "--input", set.toString(), "--threads", "2");
  }

  private int prep(String... arguments) {
    return PrepCommand.execute(new PrintWriter(out), new PrintWriter(err), arguments);
  }
}
