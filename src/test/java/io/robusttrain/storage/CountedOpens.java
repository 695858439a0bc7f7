package io.robusttrain.storage;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * The local disk, counting how often each file is opened for reading in this process, by whomever.
 */
public final class CountedOpens extends RawLocalFileSystem {
  private static final Map<String, Integer> OPENS = new ConcurrentHashMap<>();

  /** Settings under which Hadoop finds this file system, on executors too. */
  public static Configuration settings() {
    Configuration conf = new Configuration();
    conf.setClass("fs.file.impl", CountedOpens.class, RawLocalFileSystem.class);
    conf.set("fs.file.impl.disable.cache", "true");
    return conf;
  }

  /** The opens of each file since this was asked last, by the file's name. */
  public static Map<String, Integer> take() {
    Map<String, Integer> taken = new TreeMap<>(OPENS);
    OPENS.clear();
    return taken;
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    OPENS.merge(path.getName(), 1, Integer::sum);
    return super.open(path, bufferSize);
  }

  @Override
  public void setPermission(Path path, FsPermission permission) {
    // Hadoop starts a process for it, for each of many files, and nobody asks who may read them.
  }
}
