package io.robusttrain.train;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk as a storage that is away at times: then it answers everything that is asked of
 * run directories with a failure. Workers read their images elsewhere. Or it is starting: then it
 * says what there is, and lets nobody read anything, images included.
 */
public final class AwayFileSystem extends RawLocalFileSystem {
  private static volatile Optional<Supplier<IOException>> failure = Optional.empty();
  private static volatile boolean starting;
  private static volatile String last = "";

  /** Settings under which the driver finds its files here. */
  static Configuration settings() {
    Configuration conf = new Configuration();
    conf.setClass("fs.file.impl", AwayFileSystem.class, RawLocalFileSystem.class);
    conf.set("fs.file.impl.disable.cache", "true");
    return conf;
  }

  /** Goes away, as HDFS does while it restarts. */
  static void goAway() {
    failWith(
        () -> new ConnectException("Call From driver to namenode:8020 failed: Connection refused"));
  }

  static void failWith(Supplier<IOException> how) {
    failure = Optional.of(how);
  }

  /** Answers, and opens no file, as HDFS in safe mode. */
  static void start() {
    starting = true;
  }

  /** Goes away with the answer to a renaming to a path with this end. */
  static void goAwayAfter(String renaming) {
    last = renaming;
  }

  static void comeBack() {
    failure = Optional.empty();
    starting = false;
    last = "";
  }

  private static void answer(Path path) throws IOException {
    Optional<Supplier<IOException>> now = failure;
    if (now.isPresent() && path.toString().contains("/runs")) {
      throw now.get().get();
    }
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    if (starting) {
      throw new IOException(
          "org.apache.hadoop.hdfs.server.namenode.SafeModeException: Zero blocklocations for %s. Name node is in safe mode."
              .formatted(path));
    }
    answer(path);
    return super.open(path, bufferSize);
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress)
      throws IOException {
    answer(path);
    return new FSDataOutputStream(answering(path, super.append(path, bufferSize, progress)), null);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    answer(path);
    return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    answer(path);
    return super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    answer(from);
    boolean renamed = super.rename(from, to);
    if (!last.isEmpty() && to.toString().endsWith(last)) {
      goAway();
      answer(to);
    }
    return renamed;
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    answer(path);
    return super.delete(path, recursive);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    answer(path);
    return super.listStatus(path);
  }

  @Override
  public boolean exists(Path path) throws IOException {
    answer(path);
    return super.exists(path);
  }

  @Override
  public boolean mkdirs(Path path) throws IOException {
    answer(path);
    return super.mkdirs(path);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    answer(path);
    return super.getFileStatus(path);
  }

  private static OutputStream answering(Path path, OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        answer(path);
        out.write(bytes, offset, length);
      }

      @Override
      public void flush() throws IOException {
        answer(path);
        out.flush();
      }
    };
  }
}
