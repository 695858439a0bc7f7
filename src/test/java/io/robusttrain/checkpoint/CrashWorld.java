package io.robusttrain.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A run directory on some file system that processes work on and die in: checkpoints {@code
 * epoch-0004}, which is the best, {@code epoch-0005}, {@code epoch-0006}, one between epochs, a
 * damaged {@code epoch-0007}, and the litter of an earlier crash.
 */
final class CrashWorld {
  private static final Path BEST = new Path("best/model.safetensors");
  private static final RetentionPolicy TWO = new RetentionPolicy(2, OptionalInt.empty());
  private static final Optional<String> BEST_CHECKPOINT = Optional.of("epoch-0004");

  private final Path run;
  private final Configuration conf;
  private final CommitProtocol protocol;
  private final SortedMap<String, byte[]> start = new TreeMap<>();

  CrashWorld(Path run, Configuration conf, CommitProtocol protocol) throws IOException {
    this.run = run;
    this.conf = conf;
    this.protocol = protocol;
    FileSystem fs = Storage.fileSystem(run, conf);
    CheckpointStore store = store(fs);
    for (int epoch = 4; epoch <= 6; epoch++) {
      Samples.commit(store, epoch);
    }
    writeLitter(fs);
    ModelFile.write(fs, new Path(run, BEST), Fence.none(), Samples.CARD, Samples.tensors(4));
    remember(fs, run);
  }

  private void writeLitter(FileSystem fs) throws IOException {
    String id = "0123456789abcdef0123456789abcdef";
    String uuid = "01234567-89ab-cdef-0123-456789abcdef";
    Path checkpoints = checkpoints();
    for (String file :
        List.of(
            ".staging-epoch-0003-" + uuid + "/model.safetensors",
            ".removed-epoch-0001-" + uuid + "/manifest.json",
            "data-epoch-0003-" + id + "/model.safetensors",
            ".epoch-0003.commit.tmp-" + uuid,
            "epoch-0007/model.safetensors")) {
      write(fs, new Path(checkpoints, file), new byte[] {1, 2, 3});
    }
    write(fs, new Path(run, "best/.model.safetensors.tmp-" + uuid), new byte[] {1});
  }

  private static void write(FileSystem fs, Path path, byte[] bytes) throws IOException {
    try (OutputStream out = fs.create(path, true)) {
      out.write(bytes);
    }
  }

  private void remember(FileSystem fs, Path directory) throws IOException {
    for (FileStatus status : fs.listStatus(directory)) {
      if (status.isDirectory()) {
        remember(fs, status.getPath());
      } else {
        byte[] bytes;
        try (var in = fs.open(status.getPath())) {
          bytes = in.readAllBytes();
        }
        start.put(run.toUri().relativize(status.getPath().toUri()).getPath(), bytes);
      }
    }
  }

  /** Everything as it was at first. */
  void reset() throws IOException {
    FileSystem fs = Storage.fileSystem(run, conf);
    fs.delete(run, true);
    for (Map.Entry<String, byte[]> file : start.entrySet()) {
      String name = file.getKey();
      write(fs, new Path(name.startsWith("/") ? name : run + "/" + name), file.getValue());
    }
  }

  private Path checkpoints() {
    return new Path(run, "checkpoints");
  }

  private CheckpointStore store(FileSystem fs) {
    return new CheckpointStore(fs, checkpoints(), protocol, Fence.none());
  }

  /** A whole cycle in a process that dies as planned; returns normally if it does not. */
  void cycle(String plan, int epoch) throws IOException {
    cycle(Storage.fileSystem(run, DyingFileSystem.settings(plan)), epoch);
  }

  private void cycle(FileSystem fs, int epoch) throws IOException {
    Storage.clearTemporaries(fs, new Path(run, "best"), Fence.none());
    CheckpointStore store = store(fs);
    Samples.commit(store, epoch);
    store.retain(TWO, BEST_CHECKPOINT);
    ModelFile.write(fs, new Path(run, BEST), Fence.none(), Samples.CARD, Samples.tensors(epoch));
  }

  /** What a process finds that starts after a crash; the epoch that it continues from. */
  int requireWhole(int before, int after) throws IOException {
    FileSystem fs = Storage.fileSystem(run, conf);
    CheckpointStore store = store(fs);
    Checkpoint newest = store.newest().orElseThrow();
    int epoch = newest.state().epoch();
    assertThat(epoch).isBetween(before, after);
    assertThat(newest.state()).isEqualTo(Samples.state(epoch));
    assertThat(newest.name()).isEqualTo(CheckpointStore.name(epoch));
    float[] moments =
        OptimizerSlices.read(
                newest.location(),
                newest.sliceFiles(),
                List.of("exp_avg"),
                new SliceRange(0, 1, 0, 5, 5))
            .get("exp_avg");
    assertThat(moments[4]).isEqualTo(epoch + 0.1f * 4);
    assertThat(store.list()).contains("epoch-0004");
    for (String name : store.list()) {
      assertThat(store.read(name).name()).isEqualTo(name);
    }
    try (ModelFile best = ModelFile.open(fs, new Path(run, BEST))) {
      assertThat(best.tensors().floats("head.weight")[0]).isIn(4f, (float) before, (float) after);
    }
    return epoch;
  }

  /** A further cycle works and leaves exactly what is kept. */
  void requireRecovery(int epoch) throws IOException {
    FileSystem fs = Storage.fileSystem(run, conf);
    cycle(fs, epoch);
    requireWhole(epoch, epoch);
    List<String> expected = new ArrayList<>();
    for (int kept : new int[] {4, epoch - 1, epoch}) {
      String name = CheckpointStore.name(kept);
      expected.add(protocol == CommitProtocol.RENAME ? name : name + ".commit");
      if (protocol == CommitProtocol.FILE) {
        expected.add("data-" + name);
      }
    }
    assertThat(names(fs, checkpoints())).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(names(fs, new Path(run, "best"))).containsExactly("model.safetensors");
  }

  /** What is there, without the unique part of data directories. */
  private static List<String> names(FileSystem fs, Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    for (FileStatus status : fs.listStatus(directory)) {
      names.add(status.getPath().getName().replaceAll("^(data-.*)-[0-9a-f]{32}$", "$1"));
    }
    Collections.sort(names);
    return names;
  }
}
