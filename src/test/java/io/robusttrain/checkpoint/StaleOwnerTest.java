package io.robusttrain.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.RunLeaseException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A driver that loses its run in the middle of what it does takes nothing away from the next owner:
 * an answer of the lease holds for one removal or renaming, not for those that follow.
 */
class StaleOwnerTest {
  private static final String UUID = "01234567-89ab-cdef-0123-456789abcdef";
  private static final String OTHER = "11234567-89ab-cdef-0123-456789abcdef";

  @TempDir java.nio.file.Path dir;

  /**
   * The lease, which is lost at a question, and the file system, which notes what was not asked.
   */
  private static final class Watch extends FilterFileSystem implements Fence {
    private final List<String> changes = new ArrayList<>();
    private final List<String> unasked = new ArrayList<>();
    private final int last;
    private int questions;
    private boolean asked;

    Watch(FileSystem watched, int last) {
      super(watched);
      this.last = last;
    }

    @Override
    public void requireHeld() {
      if (questions++ >= last) {
        asked = false;
        throw new RunLeaseException("lost");
      }
      asked = true;
    }

    private void change(String what) {
      changes.add(what);
      if (!asked) {
        unasked.add(what);
      }
      asked = false;
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
      change("rename " + from + " to " + to);
      return super.rename(from, to);
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
      change("delete " + path);
      return super.delete(path, recursive);
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachRemovalAsksAnew(CommitProtocol protocol) throws IOException {
    Watch watch = watch(protocol, "all", Integer.MAX_VALUE);
    everything(watch, protocol, "all");
    assertThat(watch.unasked).isEmpty();
    assertThat(watch.changes).hasSizeGreaterThan(12);
  }

  @ParameterizedTest
  @EnumSource
  void afterTheLossNothingChanges(CommitProtocol protocol) throws IOException {
    Watch owner = watch(protocol, "owner", Integer.MAX_VALUE);
    everything(owner, protocol, "owner");
    for (int last = 0; last < owner.questions; last++) {
      String name = "lost-" + last;
      Watch stale = watch(protocol, name, last);
      assertThatThrownBy(() -> everything(stale, protocol, name))
          .isInstanceOf(RunLeaseException.class)
          .hasMessage("lost");
      // Its own unfinished checkpoint, whose name is unique, it may still remove.
      assertThat(stale.unasked)
          .as("after question %d", last)
          .allMatch(what -> what.matches("delete .*/(\\.staging|data)-epoch-0004-.*"));
      assertThat(stale.questions).isEqualTo(last + 1);
    }
  }

  private Watch watch(CommitProtocol protocol, String name, int last) throws IOException {
    boolean disk = protocol == CommitProtocol.RENAME;
    FileSystem fs = disk ? new PlainLocalFileSystem() : new ObjectStoreFileSystem();
    Configuration conf = disk ? PlainLocalFileSystem.settings() : ObjectStoreFileSystem.settings();
    Path base = base(protocol, name);
    fs.initialize(disk ? URI.create("file:///") : base.toUri(), conf);
    CheckpointStore store = new CheckpointStore(fs, base, protocol, Fence.none());
    for (int epoch = 1; epoch <= 3; epoch++) {
      Samples.commit(store, epoch);
    }
    for (String litter :
        List.of(
            ".staging-epoch-0003-" + UUID + "/model.safetensors",
            ".removed-epoch-0001-" + UUID + "/manifest.json",
            "data-epoch-0003-" + UUID.replace("-", "") + "/model.safetensors",
            "data-epoch-0003-" + OTHER.replace("-", "") + "/model.safetensors",
            ".epoch-0003.commit.tmp-" + UUID,
            ".epoch-0003.commit.tmp-" + OTHER,
            "epoch-0004/model.safetensors")) {
      try (OutputStream out = fs.create(new Path(base, litter), true)) {
        out.write(1);
      }
    }
    return new Watch(fs, last);
  }

  private Path base(CommitProtocol protocol, String name) {
    return protocol == CommitProtocol.RENAME
        ? new Path(dir.resolve(name).toUri())
        : new Path("objectstore://" + dir.getFileName() + "/" + name);
  }

  /** Litter goes, a damaged checkpoint is replaced, old ones go, the newest is taken back. */
  private void everything(Watch watch, CommitProtocol protocol, String name) throws IOException {
    CheckpointStore store = new CheckpointStore(watch, base(protocol, name), protocol, watch);
    Samples.commit(store, 4);
    store.retain(Samples.newest(1), Optional.empty());
    store.discard("epoch-0004");
    assertThat(store.list()).isEmpty();
  }
}
