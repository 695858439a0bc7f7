package io.robusttrain.storage;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;

/**
 * What makes a checkpoint complete: the one call before which it is absent and after which whole.
 */
public enum CommitProtocol {
  /**
   * Files are written beside and verified, then the directory is renamed into place. Needs a file
   * system whose rename of a directory is one step.
   */
  RENAME,
  /**
   * Files are written into a directory of a unique name and verified, then one small file is
   * created that names the directory. Needs only that an object appears whole or not at all, as on
   * all object stores; on a disk the small file is renamed into place.
   */
  FILE;

  /** Of the file systems whose rename is one step. abfs: with a hierarchical namespace. */
  private static final Set<String> RENAMING =
      Set.of("file", "hdfs", "viewfs", "webhdfs", "swebhdfs", "ofs", "abfs", "abfss");

  /** What fits the file system: {@link #RENAME} where it is known to be one step. */
  public static CommitProtocol of(FileSystem fs) {
    String scheme = fs.getUri().getScheme();
    return scheme != null && RENAMING.contains(scheme.toLowerCase(Locale.ROOT)) ? RENAME : FILE;
  }

  /** What was chosen, or else what fits the file system. */
  public static CommitProtocol of(FileSystem fs, Optional<CommitProtocol> chosen) {
    return chosen.orElseGet(() -> of(fs));
  }
}
