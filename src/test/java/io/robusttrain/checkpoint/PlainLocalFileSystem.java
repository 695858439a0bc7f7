package io.robusttrain.checkpoint;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/** The local disk without the {@code chmod} process that Hadoop starts for every new file. */
public class PlainLocalFileSystem extends RawLocalFileSystem {
  /** Settings under which Hadoop finds this file system. */
  public static Configuration settings() {
    Configuration conf = new Configuration();
    conf.setClass("fs.file.impl", PlainLocalFileSystem.class, RawLocalFileSystem.class);
    conf.set("fs.file.impl.disable.cache", "true");
    return conf;
  }

  @Override
  public void setPermission(Path path, FsPermission permission) {
    // Thousands of files are written here, and nobody asks who may read them.
  }
}
