package io.robusttrain.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.run.RunDirectoryException;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
  private static final Configuration CONF = new Configuration();
  private static final String STEP_0 =
      "{\"kind\":\"step\",\"epoch\":0,\"step\":7,\"loss\":2.25,\"eps\":0.0156862745,"
          + "\"lr\":1.0E-4,\"grad_norm\":0.5,\"images_per_s\":75.5,\"data_wait_share\":0.125}";
  private static final String EPOCH_0 =
      "{\"kind\":\"epoch\",\"epoch\":0,\"train_loss\":2.1,\"clean_top1\":0.4,"
          + "\"fgsm_top1\":0.32,\"seconds\":61.5,\"rss_mb\":512.0}";
  private static final StepMetrics STEP =
      new StepMetrics(0, 7, 2.25, 0.0156862745, 1e-4, 0.5, 75.5, 0.125, 0);
  private static final EpochMetrics EPOCH =
      new EpochMetrics(0, 2.1, 0.4, 0.32, 61.5, 512, Map.of(), 0);

  @TempDir Path dir;
  private Path file;
  private org.apache.hadoop.fs.Path path;
  private FileSystem fs;

  @BeforeEach
  void choosePath() throws IOException {
    file = dir.resolve("metrics.jsonl");
    path = new org.apache.hadoop.fs.Path(file.toUri());
    fs = Storage.fileSystem(path, CONF);
  }

  @Test
  void writesExactlyTheseKeysAndEveryLineAtOnce() throws IOException {
    try (MetricsLog log = MetricsLog.open(fs, path, Fence.none(), new MetricsCut(0, 0, 0))) {
      log.step(STEP);
      assertThat(Files.readAllLines(file)).containsExactly(STEP_0);
      log.epoch(EPOCH);
      assertThat(Files.readAllLines(file)).containsExactly(STEP_0, EPOCH_0);
    }
    MetricsLog.Content content = MetricsLog.read(fs, path);
    assertThat(content.steps()).containsExactly(STEP);
    assertThat(content.epochs()).containsExactly(EPOCH);
  }

  @Test
  void writesWhatIsNotANumberAsNull() throws IOException {
    try (MetricsLog log = MetricsLog.open(fs, path, Fence.none(), new MetricsCut(0, 0, 0))) {
      log.epoch(new EpochMetrics(0, Double.POSITIVE_INFINITY, Double.NaN, 0.1, 1, 1, Map.of(), 0));
    }
    assertThat(Files.readString(file)).contains("\"train_loss\":null,\"clean_top1\":null");
    assertThat(MetricsLog.read(fs, path).epochs().get(0).cleanTop1()).isNaN();
  }

  @Test
  void dropsWhatIsAboutToBeDoneAgain() throws IOException {
    String step1 = STEP_0.replace("\"step\":7", "\"step\":8");
    Files.writeString(file, STEP_0 + "\n" + EPOCH_0 + "\n" + step1 + "\n{\"kind\":\"st");
    try (MetricsLog log = MetricsLog.open(fs, path, Fence.none(), new MetricsCut(8, 8, 1))) {
      assertThat(Files.readAllLines(file)).containsExactly(STEP_0, EPOCH_0);
      log.step(STEP);
    }
    assertThat(Files.readAllLines(file)).containsExactly(STEP_0, EPOCH_0, STEP_0);
    MetricsLog.open(fs, path, Fence.none(), new MetricsCut(0, 0, 0)).close();
    assertThat(file).isEmptyFile();
  }

  @Test
  void namesTheLineThatIsDamaged() throws IOException {
    Files.writeString(file, STEP_0 + "\n{\"kind\":\n");
    assertThatThrownBy(() -> MetricsLog.open(fs, path, Fence.none(), new MetricsCut(8, 8, 1)))
        .isInstanceOf(RunDirectoryException.class)
        .hasMessageContaining("metrics.jsonl, line 2 is not JSON");
    Files.writeString(file, "{\"kind\":\"day\"}\n");
    assertThatThrownBy(() -> MetricsLog.read(fs, path))
        .isInstanceOf(RunDirectoryException.class)
        .hasMessageContaining("line 1: unknown kind \"day\"");
  }

  @Test
  void anAbsentFileIsEmpty() throws IOException {
    assertThat(MetricsLog.read(fs, path).steps()).isEmpty();
  }

  /** As on an object store: no append, so lines become visible with the epoch. */
  @Test
  void writesPartsWhereTheFileSystemCannotAppend() throws IOException {
    FileSystem store =
        new FilterFileSystem(new RawLocalFileSystem()) {
          @Override
          public boolean hasPathCapability(org.apache.hadoop.fs.Path where, String capability) {
            return false;
          }

          @Override
          public FSDataOutputStream append(
              org.apache.hadoop.fs.Path where, int bufferSize, Progressable progress) {
            throw new UnsupportedOperationException("append");
          }
        };
    store.initialize(URI.create("file:///"), CONF);
    Files.writeString(file, EPOCH_0 + "\n");
    try (MetricsLog log = MetricsLog.open(store, path, Fence.none(), new MetricsCut(8, 8, 1))) {
      log.step(STEP);
      assertThat(MetricsLog.read(store, path).steps()).isEmpty();
      log.epoch(EPOCH);
      assertThat(MetricsLog.read(store, path).steps()).containsExactly(STEP);
      log.step(STEP);
    }
    assertThat(Files.readAllLines(file)).as("what was there").containsExactly(EPOCH_0);
    MetricsLog.join(store, path, Fence.none());
    assertThat(Files.readAllLines(file)).containsExactly(EPOCH_0, STEP_0, EPOCH_0, STEP_0);
  }

  /** As on a full disk: a torn line, then nothing, then room again. */
  @Test
  void keepsWhatCannotBeAppendedUntilItCanBeWritten() throws IOException {
    boolean[] full = {false};
    FileSystem disk =
        new FilterFileSystem(new RawLocalFileSystem()) {
          @Override
          public FSDataOutputStream append(
              org.apache.hadoop.fs.Path where, int bufferSize, Progressable progress)
              throws IOException {
            FSDataOutputStream out = super.append(where, bufferSize, progress);
            return new FSDataOutputStream(
                new FilterOutputStream(out) {
                  @Override
                  public void write(byte[] bytes, int offset, int length) throws IOException {
                    out.write(bytes, offset, full[0] ? length / 2 : length);
                    out.flush();
                    requireRoom(full);
                  }
                },
                null);
          }

          @Override
          public FSDataOutputStream create(
              org.apache.hadoop.fs.Path where,
              org.apache.hadoop.fs.permission.FsPermission permission,
              boolean overwrite,
              int bufferSize,
              short replication,
              long blockSize,
              Progressable progress)
              throws IOException {
            requireRoom(full);
            return super.create(
                where, permission, overwrite, bufferSize, replication, blockSize, progress);
          }
        };
    disk.initialize(URI.create("file:///"), CONF);
    try (MetricsLog log = MetricsLog.open(disk, path, Fence.none(), new MetricsCut(0, 0, 0))) {
      log.step(STEP);
      full[0] = true;
      log.step(STEP);
      log.epoch(EPOCH);
      assertThatThrownBy(log::sync).hasMessageContaining("No space left on device");
      full[0] = false;
      log.sync();
      assertThat(Files.readAllLines(file)).containsExactly(STEP_0, STEP_0, EPOCH_0);
    }
  }

  /** As on HDFS, when the last block has lost bytes that were flushed. */
  @Test
  void aFileThatLostHalfALineIsRewrittenWithoutTheOtherHalf() throws IOException {
    try (MetricsLog log = MetricsLog.open(fs, path, Fence.none(), MetricsCut.START)) {
      log.step(STEP);
      log.step(STEP);
      log.hold(new IOException("All datanodes are bad"));
      Files.writeString(file, STEP_0 + "\n" + STEP_0.substring(0, 40));
      log.epoch(EPOCH);
      assertThat(Files.readAllLines(file)).containsExactly(STEP_0, EPOCH_0);
      log.step(STEP);
      log.hold(new IOException("All datanodes are bad"));
      log.sync();
    }
    assertThat(Files.readAllLines(file)).containsExactly(STEP_0, EPOCH_0, STEP_0);
  }

  @Test
  void holdsNoMoreLinesThanFitIntoMemory() throws IOException {
    HeldLines held = new HeldLines(path);
    held.add(new byte[MetricsSink.HELD_MOST - 10]);
    held.add(new byte[10]);
    assertThatThrownBy(() -> held.add(new byte[1]))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("67,108,864 bytes of lines wait to be written to ")
        .hasMessageContaining("no more are held: make it writable, and submit the run id again");
    assertThat(held.bytes()).isEqualTo(MetricsSink.HELD_MOST);
  }

  private static void requireRoom(boolean[] full) throws IOException {
    if (full[0]) {
      throw new IOException("No space left on device");
    }
  }
}
