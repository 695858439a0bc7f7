package io.robusttrain.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.storage.lease.StoreContract;
import java.io.IOException;
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

  @Test
  void commitsByRename() throws IOException {
    assertThat(fs().getScheme()).isEqualTo("hdfs");
    assertThat(protocol()).isEqualTo(CommitProtocol.RENAME);
  }
}
