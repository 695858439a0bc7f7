package io.robusttrain.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Storage;
import io.robusttrain.storage.lease.StoreContract;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a store without rename. */
@Tag("slow")
class ObjectStoreContractTest extends StoreContract {
  private static final Configuration CONF = ObjectStoreFileSystem.settings();

  @TempDir java.nio.file.Path dir;

  @Override
  public FileSystem fs() throws IOException {
    return Storage.fileSystem(base(), CONF);
  }

  @Override
  public Path base() {
    return new Path("objectstore://" + dir.getFileName() + "/");
  }

  @Test
  void commitsWithFiles() throws IOException {
    assertThat(protocol()).isEqualTo(CommitProtocol.FILE);
    Path checkpoints = new Path(base(), "checkpoints");
    Samples.commit(new CheckpointStore(fs(), checkpoints), 1);
    assertThat(fs().exists(new Path(checkpoints, "epoch-0001.commit"))).isTrue();
    assertThat(fs().exists(new Path(checkpoints, "epoch-0001"))).isFalse();
  }

  /** A run that began on a disk goes on here, and the other way round. */
  @Test
  void aCopiedRunGoesOn() throws IOException {
    Path disk = new Path(dir.toUri());
    FileSystem local = Storage.fileSystem(disk, CONF);
    Path there = new Path(disk, "checkpoints");
    Path here = new Path(base(), "checkpoints");
    CheckpointStore onDisk = new CheckpointStore(local, there);
    for (int epoch = 1; epoch <= 3; epoch++) {
      Samples.commit(onDisk, epoch);
    }
    FileUtil.copy(local, there, fs(), here, false, CONF);

    CheckpointStore store = new CheckpointStore(fs(), here);
    assertThat(store.newest().orElseThrow().state()).isEqualTo(Samples.state(3));
    Samples.commit(store, 4);
    assertThat(store.list())
        .containsExactly("epoch-0001", "epoch-0002", "epoch-0003", "epoch-0004");
    assertThat(store.retain(Samples.newest(2), Optional.of("epoch-0001")))
        .containsExactly("epoch-0002");

    Path back = new Path(disk, "back");
    FileUtil.copy(fs(), here, local, back, false, CONF);
    CheckpointStore again = new CheckpointStore(local, back);
    assertThat(again.newest().orElseThrow().state()).isEqualTo(Samples.state(4));
    Samples.commit(again, 5);
    assertThat(again.retain(Samples.newest(1), Optional.empty())).hasSize(3);
    assertThat(again.list()).containsExactly("epoch-0005");
    assertThat(local.listStatus(back)).hasSize(1);
  }
}
