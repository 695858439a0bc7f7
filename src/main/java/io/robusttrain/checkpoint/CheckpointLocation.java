package io.robusttrain.checkpoint;

import io.robusttrain.base.Secrets;
import io.robusttrain.base.Sha256;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A directory on some Hadoop file system, in a form that travels to executors.
 *
 * @param uri of the directory
 * @param options Hadoop settings that differ from its defaults (file system, credentials); they
 *     must not be logged
 */
public record CheckpointLocation(String uri, Map<String, String> options) implements Serializable {
  /** Read once a process: Hadoop's files of defaults are long. */
  private static final class Shipped {
    static final Configuration DEFAULTS = new Configuration();
  }

  /** Copies. */
  public CheckpointLocation {
    options = Map.copyOf(options);
  }

  /** Takes the settings that differ from Hadoop's shipped defaults. */
  public static CheckpointLocation of(FileSystem fs, Path directory) {
    Configuration conf = fs.getConf();
    Map<String, String> options = new TreeMap<>();
    conf.forEach(
        item -> {
          String[] sources = conf.getPropertySources(item.getKey());
          if (sources == null
              || sources.length == 0
              || !sources[sources.length - 1].endsWith("-default.xml")) {
            options.put(item.getKey(), item.getValue());
          }
        });
    return new CheckpointLocation(fs.makeQualified(directory).toString(), options);
  }

  /** The address alone, without user and password: the settings may hold credentials. */
  @Override
  public String toString() {
    return Secrets.masked(uri);
  }

  Path path() {
    return new Path(URI.create(uri));
  }

  FileSystem fileSystem() throws IOException {
    Configuration conf = new Configuration(Shipped.DEFAULTS);
    options.forEach(conf::set);
    return Storage.fileSystem(path(), conf);
  }

  /** Writes one file of the directory and says what was written. An existing file is replaced. */
  FileEntry write(String name, Storage.Content content) throws IOException {
    FileSystem fs = fileSystem();
    MessageDigest digest = Sha256.digest();
    Path path = new Path(path(), name);
    // Written whole under this name or not: two attempts of one task must not mix.
    Storage.replace(fs, path, out -> content.writeTo(new DigestOutputStream(out, digest)));
    return new FileEntry(name, fs.getFileStatus(path).getLen(), Sha256.hex(digest));
  }
}
