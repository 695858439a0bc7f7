package io.robusttrain.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.storage.OddFolder;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
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

  @Test
  void picturesAreReadBackByAnIndependentReader() throws IOException {
    byte[] png = {(byte) 0x89, 'P', 'N', 'G', 0, -1};
    EventFile.Value value = written(sink -> sink.image("val/images", png, 300, 200, 77));
    assertThat(value.step()).isEqualTo(77);
    assertThat(value.tag()).isEqualTo("val/images");
    EventFile.Message image = value.content().message(4);
    assertThat(image.number(1)).isEqualTo(200);
    assertThat(image.number(2)).isEqualTo(300);
    assertThat(image.number(3)).isEqualTo(3);
    assertThat(image.bytes(4)).isEqualTo(png);
  }

  @Test
  void histogramsAreReadBackByAnIndependentReader() throws IOException {
    float[] values = {9, -1, 0, 0.5f, 2, Float.NaN, 1, 9};
    // Neither the first nor the last value belongs to the tensor.
    EventFile.Value value =
        written(sink -> sink.histogram("weights/w", FloatBuffer.wrap(values, 1, 6), 5));
    EventFile.Message histogram = value.content().message(5);
    assertThat(histogram.real(1)).isEqualTo(-1);
    assertThat(histogram.real(2)).isEqualTo(2);
    assertThat(histogram.real(3)).isEqualTo(5);
    assertThat(histogram.real(4)).isEqualTo(2.5);
    assertThat(histogram.real(5)).isEqualTo(6.25);
    double[] limits = histogram.reals(6);
    double[] counts = histogram.reals(7);
    assertThat(limits).hasSize(30).isSorted().endsWith(2.0);
    // Stretches of 0.1: -1 in the first, 0 in the 11th, 0.5 in the 16th, 1 in the 21st, 2 in the
    // last.
    double[] expected = new double[30];
    for (int bucket : new int[] {0, 10, 15, 20, 29}) {
      expected[bucket] = 1;
    }
    assertThat(counts).isEqualTo(expected);
  }

  @Test
  void valuesThatAreAllAlikeAreOneStretch() throws IOException {
    EventFile.Value value =
        written(sink -> sink.histogram("weights/bias", FloatBuffer.wrap(new float[4]), 0));
    assertThat(value.content().message(5).reals(6)).containsExactly(0);
    assertThat(value.content().message(5).reals(7)).containsExactly(4);
  }

  private interface Writing {
    void to(TensorBoardWriter sink) throws IOException;
  }

  private EventFile.Value written(Writing writing) throws IOException {
    org.apache.hadoop.fs.Path events = new org.apache.hadoop.fs.Path(dir.toUri());
    FileSystem fs = Storage.fileSystem(events, new Configuration());
    try (TensorBoardWriter sink = TensorBoardWriter.create(fs, events, 0, CLOCK)) {
      writing.to(sink);
    }
    return EventFile.values(dir.resolve("events.out.tfevents.1700000000.robusttrain.0")).get(0);
  }
}
