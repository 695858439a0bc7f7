package io.robusttrain.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.ObjectStoreFileSystem;
import io.robusttrain.run.RunDirectoryException;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Logs that are too long to be read or written whole more often than need be. */
class MetricsPartsTest {
  private static final int LONG = 70_000;

  @TempDir private java.nio.file.Path folder;
  private CountingFileSystem store;
  private Path path;

  @BeforeEach
  void choosePath(TestInfo test) throws IOException {
    Configuration conf = new Configuration(false);
    conf.setClass("fs.objectstore.impl", ObjectStoreFileSystem.class, FileSystem.class);
    path =
        new Path(
            "objectstore://parts/" + test.getTestMethod().orElseThrow().getName() + "/m.jsonl");
    store = CountingFileSystem.over(path.getFileSystem(conf));
  }

  private static StepMetrics step(long step) {
    return new StepMetrics(0, step, 2.25, 0.0156862745, 1e-4, 0.5, 75.5, 0.125, 0);
  }

  private static Alarm back(long step) {
    return new Alarm(
        step, 0, Alarm.Kind.LOSS_SPIKE, Alarm.Response.ROLLED_BACK, "it rose", Map.of());
  }

  /** Opened at a step, and as at a step with steps until another. */
  private void write(FileSystem fs, Path log, long first, long end) throws IOException {
    try (MetricsLog metrics = open(fs, log, first)) {
      for (long i = first; i < end; i++) {
        metrics.step(step(i));
      }
    }
  }

  private static MetricsLog open(FileSystem fs, Path log, long first, MetricsReader... past)
      throws IOException {
    return MetricsLog.open(fs, log, Fence.none(), new MetricsCut(first, first, 0), past);
  }

  /** Of the lines of steps. */
  private static long bytes(long first, long end) {
    return LongStream.range(first, end).map(i -> step(i).toJson().toString().length() + 1).sum();
  }

  private List<Long> steps() throws IOException {
    return MetricsLog.read(store, path).steps().stream().map(StepMetrics::step).toList();
  }

  private static List<Long> range(long end) {
    return LongStream.range(0, end).boxed().toList();
  }

  private List<String> partNames() throws IOException {
    FileStatus[] children = Storage.children(store, new Path(path.getParent(), "metrics.parts"));
    return List.of(children).stream().map(file -> file.getPath().getName()).sorted().toList();
  }

  /** What is written at a checkpoint is bounded by a part, however long the log is. */
  @Test
  void aCheckpointOfALongLogWritesOnePart() throws IOException {
    try (MetricsLog log = open(store, path, 0)) {
      for (long i = 0; i < LONG; i++) {
        log.step(step(i));
        if (i % 1000 == 999) {
          store.takeWritten();
          log.sync();
          assertThat(store.takeWritten()).isLessThan(PartedLines.PART_BYTES + 1000 * 200);
        }
      }
      log.sync();
      store.takeWritten();
      log.sync();
      assertThat(store.takeWritten()).as("nothing is new").isZero();
      assertThat(store.takeRead()).isZero();
    }
    long size = size();
    assertThat(size).isEqualTo(bytes(0, LONG));
    assertThat(size).isGreaterThan(2L * PartedLines.PART_BYTES);
    assertThat(partNames()).hasSize((int) (size / PartedLines.PART_BYTES) + 1);

    open(store, path, LONG - 500).close();
    assertThat(store.takeRead()).as("a recovery reads it once").isEqualTo(size);
    assertThat(store.takeWritten()).as("and cuts it with an empty part").isZero();
    assertThat(size()).isEqualTo(bytes(0, LONG - 500));
    assertThat(MetricsLog.read(store, path).steps())
        .last()
        .extracting(StepMetrics::step)
        .isEqualTo(LONG - 501L);
  }

  /** Bytes of the log as a reader sees it. */
  private long size() throws IOException {
    try (InputStream in = MetricsParts.of(store, path).open()) {
      long size = in.transferTo(OutputStream.nullOutputStream());
      store.takeRead();
      return size;
    }
  }

  @Test
  void whereAFileSystemAppendsARecoveryCopiesWhatStaysOnce() throws IOException {
    Path log = new Path(folder.resolve("m.jsonl").toUri());
    CountingFileSystem disk =
        CountingFileSystem.over(Storage.fileSystem(log, new Configuration(false)));
    write(disk, log, 0, 20_000);
    long size = disk.takeWritten();
    assertThat(MetricsLog.alarms(disk, log)).isEmpty();
    long kept;
    try (MetricsLog metrics = open(disk, log, 19_000)) {
      kept = disk.getFileStatus(log).getLen();
      assertThat(disk.takeRead()).as("alarms, lines, what stays").isEqualTo(2 * size + kept);
      assertThat(disk.takeWritten()).isEqualTo(kept);
      metrics.step(step(19_000));
      metrics.sync();
      assertThat(disk.takeRead()).isZero();
      assertThat(disk.takeWritten()).as("a checkpoint").isEqualTo(bytes(19_000, 19_001));
    }
    open(disk, log, 19_001).close();
    assertThat(disk.takeWritten()).as("nothing to cut").isZero();
  }

  @Test
  void aCutIsOnePartAndWhatItReplacesDoesNotCount() throws IOException {
    write(store, path, 0, 10);
    write(store, path, 6, 9);
    assertThat(steps()).isEqualTo(range(9));
    try (MetricsLog log = open(store, path, 8)) {
      log.alarm(back(8));
    }
    write(store, path, 3, 5);
    assertThat(steps()).isEqualTo(range(5));
    assertThat(MetricsLog.alarms(store, path)).containsExactly(back(8));
    write(store, path, 0, 4);
    assertThat(steps()).isEqualTo(range(4));
    assertThat(partNames()).hasSize(5);
    MetricsLog.join(store, path, Fence.none());
    assertThat(partNames()).isEmpty();
    assertThat(steps()).isEqualTo(range(4));
    assertThat(MetricsLog.alarms(store, path)).containsExactly(back(8));
  }

  @Test
  void aRunOfAnEarlierReleaseGoesOnBehindItsFile() throws IOException {
    String line = step(0).toJson() + "\n";
    Storage.replace(
        store, path, out -> out.write((line + step(1).toJson() + "\n").getBytes(UTF_8)));
    write(store, path, 1, 3);
    assertThat(steps()).isEqualTo(range(3));
    assertThat(partNames()).containsExactly("part-000001-at-%012d.jsonl".formatted(line.length()));
  }

  /** A process that dies while it removes the parts leaves the same log to a reader. */
  @Test
  void theLogIsTheSameAtAnyMomentOfJoining() throws IOException {
    for (int removed = 0; removed <= 4; removed++) {
      store.delete(path.getParent(), true);
      write(store, path, 0, 10);
      write(store, path, 7, 9);
      write(store, path, 5, 6);
      write(store, path, 6, 8);
      int[] left = {removed + 1};
      Fence dies =
          () -> {
            if (left[0]-- == 0) {
              throw new RunLeaseException("not ours");
            }
          };
      if (removed < 4) {
        assertThatThrownBy(() -> MetricsLog.join(store, path, dies)).hasMessage("not ours");
      } else {
        MetricsLog.join(store, path, dies);
      }
      assertThat(partNames()).hasSize(4 - removed);
      assertThat(steps()).as("%d removed", removed).isEqualTo(range(8));
      write(store, path, 8, 10);
      assertThat(steps()).isEqualTo(range(10));
    }
  }

  /** Left where replacing a part could not be undone. */
  @Test
  void aCopyOfAPartDoesNotCountOnceThePartIsJoined() throws IOException {
    write(store, path, 0, 4);
    Path copy =
        new Path(
            path.getParent(),
            "metrics.parts/.%s.old-01234567-89ab-cdef-0123-456789abcdef"
                .formatted(partNames().get(0)));
    Storage.replace(store, copy, out -> out.write((step(0).toJson() + "\n").getBytes(UTF_8)));
    write(store, path, 4, 6);
    MetricsLog.join(store, path, Fence.none());
    assertThat(partNames()).isEmpty();
    assertThat(steps()).isEqualTo(range(6));
  }

  @Test
  void aMissingPartIsNamedAndNotPassedOver() throws IOException {
    write(store, path, 0, 3);
    write(store, path, 3, 5);
    String first = partNames().get(0);
    store.delete(new Path(path.getParent(), "metrics.parts/" + first), false);
    assertThatThrownBy(() -> MetricsLog.read(store, path))
        .isInstanceOf(RunDirectoryException.class)
        .hasMessageContaining("lack their bytes from 0 to ")
        .hasMessageContaining("metrics.parts is missing or cut short. Bring it back");
  }

  /** A run that is copied from an object store to a disk is one file there, as all runs are. */
  @Test
  void partsThatCameToADiskAreJoinedWhenTheRunGoesOn() throws IOException {
    write(store, path, 0, 4);
    java.nio.file.Path copied = copy();
    Path there = new Path(copied.resolve("m.jsonl").toUri());
    FileSystem disk = Storage.fileSystem(there, new Configuration(false));
    write(disk, there, 3, 5);
    assertThat(copied).isDirectoryContaining("glob:**/m.jsonl");
    assertThat(copied).isDirectoryNotContaining("glob:**/metrics.parts");
    assertThat(MetricsLog.read(disk, there).steps())
        .extracting(StepMetrics::step)
        .isEqualTo(range(5));
  }

  /** To the disk; the answer is where. */
  private java.nio.file.Path copy() throws IOException {
    Configuration conf = new Configuration(false);
    Path to = new Path(folder.toUri());
    FileUtil.copy(store, path.getParent(), Storage.fileSystem(to, conf), to, false, conf);
    return folder.resolve(path.getParent().getName());
  }

  @Test
  void whoDiesWhileItJoinsAndCutsCanGoOn() throws IOException {
    write(store, path, 0, 4);
    write(store, path, 4, 8);
    Path there = new Path(copy().resolve("m.jsonl").toUri());
    FileSystem disk = Storage.fileSystem(there, new Configuration(false));
    for (int deaths = 0; deaths < 4; deaths++) {
      disk.delete(there.getParent(), true);
      copy();
      int[] left = {deaths};
      Fence dies =
          () -> {
            if (left[0]-- == 0) {
              throw new RunLeaseException("not ours");
            }
          };
      MetricsCut cut = new MetricsCut(2, 2, 0);
      assertThatThrownBy(() -> MetricsLog.open(disk, there, dies, cut)).hasMessage("not ours");
      MetricsLog.open(disk, there, Fence.none(), cut).close();
      assertThat(MetricsLog.read(disk, there).steps())
          .as("%d deaths", deaths)
          .extracting(StepMetrics::step)
          .isEqualTo(range(2));
    }
  }

  @Test
  void aStaleOwnerCutsNothing() throws IOException {
    write(store, path, 0, 4);
    Fence lost =
        () -> {
          throw new RunLeaseException("not ours");
        };
    assertThatThrownBy(() -> MetricsLog.open(store, path, lost, MetricsCut.START))
        .isInstanceOf(RunLeaseException.class)
        .hasMessage("not ours");
    assertThat(steps()).isEqualTo(range(4));
  }

  @Test
  void pastLinesAreToldInOrderAndOnlyThoseThatStay() throws IOException {
    write(store, path, 0, 6);
    StringBuilder told = new StringBuilder();
    open(
            store,
            path,
            4,
            new MetricsReader() {
              @Override
              public void step(StepMetrics metrics) {
                told.append(metrics.step()).append(' ');
              }
            })
        .close();
    assertThat(told).hasToString("0 1 2 3 ");
  }

  @Test
  void plotsHaveEveryStepOfAShortRunAndThePeaksOfALongOne() {
    for (int count : new int[] {0, 1, 4000, 4001, 8000, 8001, 20_010, 500_000}) {
      ThinnedSteps thinned = new ThinnedSteps();
      for (int i = 0; i < count; i++) {
        thinned.add(step(i, i == count / 3 ? 1e6 : i % 977));
      }
      List<Long> steps = thinned.list().stream().map(StepMetrics::step).toList();
      if (count <= ThinnedSteps.MOST) {
        assertThat(steps).isEqualTo(LongStream.range(0, count).boxed().toList());
      } else {
        assertThat(steps).hasSizeBetween(500, 4501).isSorted().doesNotHaveDuplicates();
        assertThat(steps).contains(0L, count / 3L, count - 1L);
        // No gap is longer than two of the stretches that are left.
        long longest = 2L * ((count + 249) / 250);
        for (int i = 1; i < steps.size(); i++) {
          assertThat(steps.get(i) - steps.get(i - 1)).isLessThanOrEqualTo(longest);
        }
      }
    }
  }

  private static StepMetrics step(long step, double loss) {
    return new StepMetrics(0, step, loss, 0, 0, Double.NaN, 1, 0, 0);
  }
}
