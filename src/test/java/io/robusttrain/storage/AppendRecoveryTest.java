package io.robusttrain.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.hadoop.MiniHdfs;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.ipc.RemoteException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that a killed writer left open on a real HDFS. */
@Tag("slow")
class AppendRecoveryTest {
  @TempDir private static java.nio.file.Path folder;

  private static MiniHdfs cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = new MiniHdfs(folder, 2);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void appendsToWhatAKilledWriterLeftOpenAlsoWithoutOneOfItsDataNodes() throws IOException {
    Path file = new Path("/runs/a/metrics.jsonl");
    try (FileSystem killed = cluster.client();
        FileSystem next = cluster.client()) {
      // Not closed: to the NameNode a writer that holds its lease and is silent.
      FSDataOutputStream open = killed.create(file);
      open.write("one\n".getBytes(UTF_8));
      open.hflush();
      cluster.stopDataNode(0);
      assertThatThrownBy(() -> next.append(file).close())
          .isInstanceOf(RemoteException.class)
          .hasMessageContaining("Failed to APPEND_FILE");

      AppendRecovery.takeOver(next, file);
      try (FSDataOutputStream out = next.append(file)) {
        out.write("two\n".getBytes(UTF_8));
      }

      assertThat(text(next, file)).isEqualTo("one\ntwo\n");
      assertThatThrownBy(
              () -> {
                open.write("late\n".getBytes(UTF_8));
                open.hflush();
              })
          .isInstanceOf(IOException.class);
      assertThat(text(next, file)).isEqualTo("one\ntwo\n");
    }
  }

  @Test
  void leavesClosedAndAbsentFilesAlone() throws IOException {
    try (FileSystem fs = cluster.client()) {
      Path file = new Path("/closed");
      fs.create(file).close();
      AppendRecovery.takeOver(fs, file);
      AppendRecovery.takeOver(fs, new Path("/absent"));
      assertThat(fs.exists(file)).isTrue();
      assertThat(fs.exists(new Path("/absent"))).isFalse();
    }
  }

  @Test
  void hasNothingToDoOnOtherFileSystems() throws IOException {
    Path file = new Path(folder.resolve("local").toUri());
    FileSystem local = FileSystem.getLocal(new Configuration()).getRawFileSystem();
    try (FSDataOutputStream open = local.create(file)) {
      AppendRecovery.takeOver(local, file);
      open.write(1);
    }
    assertThat(local.getFileStatus(file).getLen()).isEqualTo(1);
  }

  private static String text(FileSystem fs, Path file) throws IOException {
    try (InputStream in = fs.open(file)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
