package io.robusttrain.storage;

import java.io.IOException;
import java.time.Duration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over a file that a process had open for appending when it was killed. On HDFS such a file
 * stays open: its writer's lease lasts for up to an hour, the length of its last block is not
 * settled, and whoever wants to append gets {@code AlreadyBeingCreatedException} or {@code
 * RecoveryInProgressException}. Other file systems have nothing to take over.
 */
public final class AppendRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(AppendRecovery.class);
  private static final Duration LONGEST = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(200);

  /**
   * A recovery that a DataNode died in is begun again. Not more often: a second begin makes the
   * NameNode refuse the result of the first.
   */
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private AppendRecovery() {}

  /**
   * Returns once the file is closed and all that its last writer flushed can be read; a writer that
   * still lives gets an exception at its next flush. The caller must own the run.
   *
   * @param path need not exist
   * @throws IOException if the file is not closed within two minutes, because no DataNode with its
   *     last block answers
   */
  public static void takeOver(FileSystem fs, Path path) throws IOException {
    if (!(fs instanceof DistributedFileSystem hdfs)
        || !hdfs.exists(path)
        || hdfs.isFileClosed(path)) {
      return;
    }
    LOG.info("{} was left open by a process that was killed; closing it.", path);
    long start = System.nanoTime();
    long begun = start;
    boolean closed = hdfs.recoverLease(path);
    while (!closed) {
      Storage.pause(POLL, path + " to be closed");
      long now = System.nanoTime();
      if (now - start > LONGEST.toNanos()) {
        throw new IOException(
            "%s is still open for writing %d s after its writer's lease was taken. Start the DataNodes that hold its last block (hdfs fsck '%s' -files -blocks -locations -openforwrite), then submit again."
                .formatted(path, LONGEST.toSeconds(), path.toUri().getPath()));
      }
      if (now - begun > AGAIN.toNanos()) {
        begun = now;
        closed = hdfs.recoverLease(path);
      } else {
        closed = hdfs.isFileClosed(path);
      }
    }
  }
}
