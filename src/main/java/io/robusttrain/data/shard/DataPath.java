package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What a user names as data: a folder or a file, a Hadoop glob, or several of them between commas.
 * What is there under a name is meant by it, whatever characters the name has; only a name that is
 * not there is read as a glob, and as a list if that finds nothing either.
 */
final class DataPath {
  /** Of a key in S3, which refuses the question for a longer one. */
  private static final int LONGEST = 1024;

  private DataPath() {}

  /**
   * The folders and files that a text names, at least one.
   *
   * @throws DataException naming what does not exist
   */
  static List<FileStatus> find(Configuration conf, String text) throws IOException {
    List<FileStatus> whole = attempt(conf, text.strip());
    if (!whole.isEmpty()) {
      return whole;
    }
    String[] parts = text.split(",", -1);
    List<FileStatus> found = new ArrayList<>();
    int first = 0;
    while (first < parts.length) {
      // A comma may also be one of a name or of a glob such as {a,b}.
      List<FileStatus> matches = List.of();
      int next = first;
      while (matches.isEmpty() && next < parts.length) {
        next++;
        matches = attempt(conf, name(parts, first, next));
      }
      if (matches.isEmpty()) {
        throw absent(conf, name(parts, first, first + 1), name(parts, first, parts.length));
      }
      found.addAll(matches);
      first = next;
    }
    return found;
  }

  /** Whether a text with commas could be one name rather than several. */
  static boolean mayBeOne(String text) {
    int comma = text.indexOf(',');
    return comma < 0 || (text.length() <= LONGEST && text.indexOf("://", comma) < 0);
  }

  private static String name(String[] parts, int first, int next) {
    return String.join(",", Arrays.asList(parts).subList(first, next)).strip();
  }

  /**
   * Says that there is nothing; unless the name cannot be one or its file system cannot be reached,
   * which is thrown instead.
   *
   * @param rest the name with what follows it, which could be one name, too
   */
  private static DataException absent(Configuration conf, String name, String rest)
      throws IOException {
    String message = rest + " does not exist" + (rest.equals(name) ? "" : ", nor does " + name);
    try {
      matches(conf, name);
    } catch (IOException e) {
      if (!isIllegalGlob(e)) {
        throw e;
      }
      message += ", which is no glob either (" + e.getMessage() + ")";
    }
    return new DataException(message + "; check the path of the data set");
  }

  private static boolean isIllegalGlob(IOException e) {
    return String.valueOf(e.getMessage()).startsWith("Illegal file pattern");
  }

  /** Nothing as well if the text, which may be several names or half of one, cannot be a name. */
  private static List<FileStatus> attempt(Configuration conf, String name) throws IOException {
    if (!mayBeOne(name)) {
      return List.of();
    }
    try {
      return matches(conf, name);
    } catch (IllegalArgumentException noName) {
      return List.of();
    } catch (IOException e) {
      if (isIllegalGlob(e)) {
        return List.of();
      }
      throw e;
    }
  }

  private static List<FileStatus> matches(Configuration conf, String name) throws IOException {
    Path path = new Path(name);
    FileSystem fs = path.getFileSystem(conf);
    try {
      return List.of(fs.getFileStatus(path));
    } catch (FileNotFoundException absent) {
      FileStatus[] matches = fs.globStatus(path);
      return matches == null ? List.of() : List.of(matches);
    }
  }
}
