package io.robusttrain.data.prep;

import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The folder of a data set, complete or absent: written beside its final place and renamed at the
 * end. Closing before {@link #publish} removes what was written.
 */
public final class OutputFolder implements Closeable {
  /** What to do with a data set that is already there. */
  public enum Existing {
    /** It stays, and the preparation is refused. */
    KEEP,
    /** The new one replaces it once it is complete. */
    REPLACE
  }

  private final FileSystem files;
  private final Path target;
  private final Path unfinished;
  private final Existing existing;

  /**
   * Checks the place and creates the unfinished folder.
   *
   * @throws IllegalArgumentException when the place is taken
   * @throws IOException when it cannot be written
   */
  public OutputFolder(Configuration conf, String folder, Existing existing) throws IOException {
    Path path = new Path(folder);
    this.files = path.getFileSystem(conf);
    this.target = files.makeQualified(path);
    this.existing = existing;
    if (target.getParent() == null) {
      throw new IllegalArgumentException("the output must not be the root folder");
    }
    this.unfinished = new Path(target.getParent(), "." + target.getName() + ".unfinished");
    files.setWriteChecksum(false);
    if (files.exists(target)) {
      FileStatus status = files.getFileStatus(target);
      if (!status.isDirectory()) {
        throw new IllegalArgumentException("output " + folder + " is a file");
      }
      if (existing == Existing.KEEP && files.listStatus(target).length > 0) {
        throw new IllegalArgumentException(
            "output " + folder + " is not empty; choose another or pass --overwrite");
      }
    }
    files.delete(unfinished, true);
    if (!files.mkdirs(unfinished)) {
      throw new IOException("cannot create folder " + unfinished);
    }
  }

  Path unfinished() {
    return unfinished;
  }

  void publish() throws IOException {
    if (files.exists(target)
        && (existing == Existing.REPLACE || files.listStatus(target).length == 0)) {
      files.delete(target, true);
    }
    if (!files.rename(unfinished, target)) {
      throw new IOException("cannot rename " + unfinished + " to " + target);
    }
  }

  @Override
  public void close() throws IOException {
    files.delete(unfinished, true);
  }
}
