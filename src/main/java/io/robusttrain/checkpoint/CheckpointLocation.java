package io.robusttrain.checkpoint;

import io.robusttrain.base.HadoopSettings;
import io.robusttrain.base.Secrets;
import io.robusttrain.base.Sha256;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.Serializable;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A directory on some Hadoop file system, in a form that travels to executors.
 *
 * @param uri of the directory as {@link Path} writes it: blanks, {@code %} and {@code #} stand for
 *     themselves, so it is not the text of a {@link java.net.URI}
 * @param hadoop names file systems and credentials
 */
public record CheckpointLocation(String uri, HadoopSettings hadoop) implements Serializable {
  /** Takes a directory and the settings of its file system. */
  public static CheckpointLocation of(FileSystem fs, Path directory) {
    return new CheckpointLocation(
        fs.makeQualified(directory).toString(), HadoopSettings.of(fs.getConf()));
  }

  /** The address alone, without user and password: the settings may hold credentials. */
  @Override
  public String toString() {
    return Secrets.masked(uri);
  }

  Path path() {
    return new Path(uri);
  }

  FileSystem fileSystem() throws IOException {
    return Storage.fileSystem(path(), hadoop.configuration());
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
