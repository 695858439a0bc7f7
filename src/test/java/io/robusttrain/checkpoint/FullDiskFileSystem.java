package io.robusttrain.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * A local disk with room for some bytes, for the driver and its executors together. A disk notices
 * at the write; one behind a network or a cache may notice at the close.
 */
public final class FullDiskFileSystem extends FilterFileSystem {
  private static final String NOTICES = "test.full-disk.notices";
  private static final Configuration SHIPPED = PlainLocalFileSystem.settings();
  private static final AtomicLong ROOM = new AtomicLong();

  private Notices notices;

  /** When a full disk is found out. */
  public enum Notices {
    AT_WRITE,
    AT_CLOSE
  }

  public static Configuration settings(long room, Notices notices) {
    ROOM.set(room);
    Configuration conf = new Configuration(SHIPPED);
    conf.set("fs.file.impl", FullDiskFileSystem.class.getName());
    conf.set(NOTICES, notices.name());
    return conf;
  }

  @Override
  public void initialize(URI name, Configuration conf) throws IOException {
    fs = new PlainLocalFileSystem();
    fs.initialize(name, conf);
    notices = Notices.valueOf(conf.get(NOTICES));
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
    OutputStream out =
        super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
    return new FSDataOutputStream(new LimitedStream(out), null);
  }

  private final class LimitedStream extends OutputStream {
    private final OutputStream out;
    private boolean refused;

    LimitedStream(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int fits = (int) Math.max(0, Math.min(length, ROOM.getAndAdd(-length)));
      out.write(bytes, offset, fits);
      if (fits < length) {
        refused = true;
        if (notices == Notices.AT_WRITE) {
          failAsADiskDoes();
        }
      }
    }

    /** Hadoop's local file system makes an Error of it, which nobody else can create. */
    private void failAsADiskDoes() throws IOException {
      try (OutputStream full = fs.create(new Path("file:///dev/full"), true)) {
        full.write(0);
        full.flush();
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
      if (refused) {
        throw new IOException("No space left on device");
      }
    }
  }
}
