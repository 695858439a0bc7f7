package io.robusttrain.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.AbstractFileSystem;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.apache.hadoop.util.ReflectionUtils;

/**
 * The local disk as abfs with a hierarchical namespace shows itself: rename is one step, but
 * refuses a name that is taken, so that Hadoop's overwriting rename deletes the old file first;
 * listings are consistent; a create that must not overwrite is exclusive. Scheme {@code abfs}.
 */
public final class RefusingRenameFileSystem extends PlainLocalFileSystem {
  static final String SCHEME = "abfs";
  private static final URI HERE = URI.create(SCHEME + ":///");
  private static final Object STEP = new Object();

  /** Settings under which Hadoop finds this file system. */
  public static Configuration settings() {
    Configuration conf = new Configuration();
    conf.setClass("fs.abfs.impl", RefusingRenameFileSystem.class, FileSystem.class);
    conf.setClass(
        "fs.AbstractFileSystem.abfs.impl", OverwritingByDeletion.class, AbstractFileSystem.class);
    return conf;
  }

  /** Where the file system has a folder of the disk. */
  public static Path path(java.nio.file.Path folder) {
    return new Path(SCHEME, null, folder.toAbsolutePath().toString());
  }

  @Override
  public URI getUri() {
    return HERE;
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    synchronized (STEP) {
      return !exists(to) && super.rename(from, to);
    }
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    synchronized (STEP) {
      return super.delete(path, recursive);
    }
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    synchronized (STEP) {
      return super.listStatus(path);
    }
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
    synchronized (STEP) {
      if (!overwrite && exists(path)) {
        throw new FileAlreadyExistsException(path + " already exists");
      }
      return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
    }
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
    return create(path, overwrite, bufferSize, replication, blockSize, progress);
  }

  /** As Hadoop's {@code Abfs}: the overwriting rename is that of its base class. */
  public static final class OverwritingByDeletion extends DelegateToFileSystem {
    /** For Hadoop. */
    public OverwritingByDeletion(URI uri, Configuration conf)
        throws IOException, URISyntaxException {
      super(
          uri,
          ReflectionUtils.newInstance(conf.getClass("fs.abfs.impl", null, FileSystem.class), conf),
          conf,
          SCHEME,
          false);
    }
  }
}
