package io.robusttrain.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Abortable;
import org.apache.hadoop.fs.AbstractFileSystem;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.Syncable;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk, the {@link ObjectStoreFileSystem} or the {@link RefusingRenameFileSystem} of a
 * process that dies as a {@link FaultPlan} says. Made by Hadoop from settings, so that the file
 * systems which executors open die, too.
 */
public final class DyingFileSystem extends FilterFileSystem {
  private static final String PLAN = "test.fault.plan";
  private static final String[] SCHEMES = {
    "file", ObjectStoreFileSystem.SCHEME, RefusingRenameFileSystem.SCHEME
  };

  /** Shared: each new one parses Hadoop's defaults again. */
  private static final Configuration SHIPPED = new Configuration();

  private FaultPlan plan;

  /** Settings of a process that follows the plan of a name. */
  public static Configuration settings(String plan) {
    Configuration conf = new Configuration(SHIPPED);
    for (String scheme : SCHEMES) {
      conf.set("fs." + scheme + ".impl", DyingFileSystem.class.getName());
      conf.set("fs." + scheme + ".impl.disable.cache", "true");
    }
    conf.setClass(
        "fs.AbstractFileSystem.abfs.impl",
        RefusingRenameFileSystem.OverwritingByDeletion.class,
        AbstractFileSystem.class);
    conf.set(PLAN, plan);
    return conf;
  }

  @Override
  public void initialize(URI name, Configuration conf) throws IOException {
    fs =
        switch (name.getScheme()) {
          case "file" -> new PlainLocalFileSystem();
          case RefusingRenameFileSystem.SCHEME -> new RefusingRenameFileSystem();
          default -> new ObjectStoreFileSystem();
        };
    fs.initialize(name, conf);
    plan = FaultPlan.named(conf.get(PLAN));
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return plan.call("open", () -> super.open(path, bufferSize));
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
    FSDataOutputStream out =
        plan.call(
            "create",
            () ->
                super.create(
                    path, permission, overwrite, bufferSize, replication, blockSize, progress));
    return new FSDataOutputStream(new DyingStream(out), null);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    if (fs instanceof ObjectStoreFileSystem store) {
      return plan.call(
          "rename",
          () -> super.rename(from, to),
          () -> {
            store.copy(from, to, 1);
            return false;
          });
    }
    return plan.call("rename", () -> super.rename(from, to));
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    if (!recursive) {
      return plan.call("delete", () -> super.delete(path, false));
    }
    return plan.call("delete", () -> super.delete(path, true), () -> deleteHalf(path));
  }

  private boolean deleteHalf(Path path) throws IOException {
    FileStatus[] children = fs.listStatus(path);
    for (int i = 0; i < (children.length + 1) / 2; i++) {
      fs.delete(children[i].getPath(), true);
    }
    return false;
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    return plan.call("list", () -> super.listStatus(path));
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) throws IOException {
    return plan.call("mkdirs", () -> super.mkdirs(path, permission));
  }

  @Override
  public boolean mkdirs(Path path) throws IOException {
    return plan.call("mkdirs", () -> super.mkdirs(path));
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    return plan.call("status", () -> super.getFileStatus(path));
  }

  private final class DyingStream extends OutputStream
      implements Syncable, StreamCapabilities, Abortable {
    private final FSDataOutputStream out;

    DyingStream(FSDataOutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      plan.call(
          "write",
          () -> {
            out.write(bytes, offset, length);
            return length;
          },
          () -> {
            out.write(bytes, offset, length / 2);
            out.flush();
            return length / 2;
          });
    }

    @Override
    public void flush() throws IOException {
      plan.call(
          "flush",
          () -> {
            out.flush();
            return 0;
          });
    }

    @Override
    public void hflush() throws IOException {
      plan.call(
          "hflush",
          () -> {
            out.hflush();
            return 0;
          });
    }

    @Override
    public void hsync() throws IOException {
      plan.call(
          "hsync",
          () -> {
            out.hsync();
            return 0;
          });
    }

    @Override
    public void close() throws IOException {
      plan.call(
          "close",
          () -> {
            out.close();
            return 0;
          });
    }

    /** Tells the store that nothing comes any more, which a dead process need not do. */
    @Override
    public AbortableResult abort() {
      return out.abort();
    }

    @Override
    public boolean hasCapability(String capability) {
      return out.hasCapability(capability);
    }
  }
}
