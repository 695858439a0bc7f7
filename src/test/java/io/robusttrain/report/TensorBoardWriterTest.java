package io.robusttrain.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.storage.OddFolder;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardWriterTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochMilli(1_700_000_000_500L), ZoneOffset.UTC);

  @TempDir(factory = OddFolder.class)
  Path dir;

  /**
   * The resource was written with the classes of org.tensorflow:proto 1.15 and a CRC-32C taken bit
   * by bit from its polynomial.
   */
  @Test
  void writesTheBytesThatTensorFlowWrites() throws IOException {
    org.apache.hadoop.fs.Path events = new org.apache.hadoop.fs.Path(dir.toUri());
    FileSystem fs = Storage.fileSystem(events, new Configuration());
    Path file = dir.resolve("events.out.tfevents.1700000000.robusttrain.300");
    try (InputStream golden = getClass().getResourceAsStream("/report/tensorflow.tfevents");
        TensorBoardWriter sink = TensorBoardWriter.create(fs, events, 300, CLOCK)) {
      sink.scalar("train/loss", 2.25, 300);
      sink.scalar("validation/fgsm_top1", 0.5, 1L << 40);
      sink.scalar("größe/" + "x".repeat(200), -1e-3, 0);
      sink.flush();
      assertThat(Files.readAllBytes(file)).isEqualTo(golden.readAllBytes());
    }
  }
}
