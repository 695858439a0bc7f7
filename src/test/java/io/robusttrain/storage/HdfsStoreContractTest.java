package io.robusttrain.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.data.ParquetFixture;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.storage.lease.StoreContract;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On HDFS with a NameNode and two DataNodes of its own. */
@Tag("slow")
class HdfsStoreContractTest extends StoreContract {
  private static final AtomicInteger TESTS = new AtomicInteger();

  private static MiniDFSCluster cluster;
  private final int test = TESTS.incrementAndGet();

  @BeforeAll
  static void startHdfs(@TempDir java.nio.file.Path dir) throws IOException {
    Configuration conf = new Configuration();
    conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, dir.toString());
    cluster = new MiniDFSCluster.Builder(conf).numDataNodes(2).build();
    cluster.waitActive();
  }

  @AfterAll
  static void stopHdfs() {
    cluster.shutdown();
  }

  @Override
  public FileSystem fs() throws IOException {
    return cluster.getFileSystem();
  }

  @Override
  public Path base() {
    return new Path("/test-" + test);
  }

  /** As on a disk: a name that is there is taken as it is, another is a glob or a list. */
  @Test
  void imagesAreFoundWhateverTheirFolderIsCalled(@TempDir java.nio.file.Path local)
      throws IOException {
    java.nio.file.Path file = local.resolve("train.parquet");
    ParquetFixture.plain(4).write(file, List.of(ParquetFixture.Row.of(new byte[] {1}, 0)));
    List<String> uris = new ArrayList<>();
    for (String name : List.of("[x]", "{a,b}", "x, y", "a%20b #1 ö+", OddFolder.NAME)) {
      Path folder = fs().makeQualified(new Path(base(), name));
      fs().mkdirs(folder);
      fs().copyFromLocalFile(new Path(file.toUri()), folder);
      uris.add(folder.toString());
      assertThat(samples(folder.toString())).as(name).isEqualTo(1);
      assertThat(samples(folder + "/train.parquet")).as(name).isEqualTo(1);
    }
    assertThat(samples(String.join(",", uris))).isEqualTo(uris.size());
    assertThat(samples(fs().makeQualified(base()) + "/?a,b?")).isEqualTo(1);
  }

  private static long samples(String path) {
    return ImageSet.open(new Configuration(), path, "train").sampleCount();
  }

  @Test
  void commitsByRename() throws IOException {
    assertThat(fs().getScheme()).isEqualTo("hdfs");
    assertThat(protocol()).isEqualTo(CommitProtocol.RENAME);
  }
}
