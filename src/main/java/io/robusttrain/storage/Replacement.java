package io.robusttrain.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces a file where a rename cannot take the place of another file in one step: abfs, webhdfs
 * and ofs refuse a name that is taken, and Hadoop's overwriting rename deletes the old file there
 * first. Here every content keeps a name until the next one has its own: {@code .name.new-UUID} is
 * a new content that is whole, {@code .name.old-UUID} the one before while it is replaced. Between
 * two steps the name itself may be free; {@link #present} finds the content then, and {@link
 * #recover} gives it its name back.
 */
final class Replacement {
  private static final Logger LOG = LoggerFactory.getLogger(Replacement.class);
  private static final Pattern COPY =
      Pattern.compile("\\.(?<name>.+)\\.(?<kind>new|old)-[0-9a-f-]{36}");

  /** A file that is replaced again at every look is not there. */
  private static final int MOST_LOOKS = 100;

  /** A new content before an old one, a later one before an earlier one. */
  private static final Comparator<FileStatus> PREFERENCE =
      Comparator.<FileStatus, String>comparing(copy -> matched(copy.getPath()).group("kind"))
          .thenComparing(FileStatus::getModificationTime, Comparator.reverseOrder())
          .thenComparing(FileStatus::getPath);

  private Replacement() {}

  /**
   * Whether a file of a directory is replaced in one step: by a rename, or by putting an object. A
   * directory that is absent has no file that is replaced otherwise.
   */
  static boolean inOneStep(FileSystem fs, Path directory) throws IOException {
    if (CommitProtocol.of(fs) == CommitProtocol.FILE) {
      return true;
    }
    String scheme = String.valueOf(fs.getUri().getScheme()).toLowerCase(Locale.ROOT);
    if (scheme.equals("viewfs")) {
      try {
        scheme = fs.resolvePath(directory).toUri().getScheme();
      } catch (FileNotFoundException absent) {
        // Nothing is replaced there.
        return true;
      }
    }
    return scheme.equals("file") || scheme.equals("hdfs");
  }

  /** The name of the file that {@code name} is or is a whole copy of. */
  static String ofCopy(String name) {
    Matcher copy = COPY.matcher(name);
    return copy.matches() ? copy.group("name") : name;
  }

  /**
   * Puts a new content in the place of another one.
   *
   * @param whole the new content, written and closed
   * @param target exists
   * @param fence asked before each of the two steps that others see
   * @throws IOException if the file system refuses; the old content is then there, under its name
   *     or as its copy
   */
  static void run(FileSystem fs, Path whole, Path target, Fence fence) throws IOException {
    Path arriving = sibling(target, "new");
    Path former = sibling(target, "old");
    try {
      rename(fs, whole, arriving);
      fence.requireHeld();
      rename(fs, target, former);
      fence.requireHeld();
      rename(fs, arriving, target);
    } catch (IOException | RuntimeException e) {
      undo(fs, arriving, former, target, e);
      throw e;
    }
    try {
      fs.delete(former, false);
    } catch (IOException e) {
      LOG.warn("{} is replaced; {} stays behind until the next start: {}", target, former, e);
    }
  }

  /** Nothing is removed here unless the target is there. */
  private static void undo(
      FileSystem fs, Path arriving, Path former, Path target, Exception failure) {
    try {
      if (!fs.exists(target) && fs.exists(former)) {
        rename(fs, former, target);
      }
      if (fs.exists(target)) {
        fs.delete(arriving, false);
        fs.delete(former, false);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Where the content of a file is now: under its own name, or as a copy of it, or nowhere. */
  static Optional<Path> present(FileSystem fs, Path target) throws IOException {
    List<FileStatus> copies = new ArrayList<>();
    for (FileStatus status : children(fs, target.getParent())) {
      String name = status.getPath().getName();
      if (name.equals(target.getName())) {
        return Optional.of(target);
      }
      if (status.isFile() && ofCopy(name).equals(target.getName())) {
        copies.add(status);
      }
    }
    return copies.stream().min(PREFERENCE).map(FileStatus::getPath);
  }

  /**
   * What is in a directory by its names; a file whose name is free is its best copy.
   *
   * @param files all that is in it
   */
  static Map<String, FileStatus> byName(FileStatus[] files) {
    Map<String, FileStatus> found = new HashMap<>();
    List<FileStatus> copies = new ArrayList<>();
    for (FileStatus status : files) {
      String name = status.getPath().getName();
      if (status.isFile() && COPY.matcher(name).matches()) {
        copies.add(status);
      } else {
        found.put(name, status);
      }
    }
    copies.sort(PREFERENCE);
    copies.forEach(copy -> found.putIfAbsent(ofCopy(copy.getPath().getName()), copy));
    return found;
  }

  /**
   * Ends what a process that died began: a file whose name is free gets its best copy, and the
   * other copies go.
   *
   * @param files all that is in a directory
   * @param fence asked before each change
   */
  static void recover(FileSystem fs, FileStatus[] files, Fence fence) throws IOException {
    List<FileStatus> copies = new ArrayList<>();
    Set<String> present = new HashSet<>();
    for (FileStatus status : files) {
      String name = status.getPath().getName();
      if (status.isFile() && COPY.matcher(name).matches()) {
        copies.add(status);
      } else {
        present.add(name);
      }
    }
    copies.sort(PREFERENCE);
    for (FileStatus copy : copies) {
      Path path = copy.getPath();
      String name = ofCopy(path.getName());
      fence.requireHeld();
      if (present.add(name)) {
        LOG.warn("{} was being replaced by a process that died; {} takes its place.", name, path);
        rename(fs, path, new Path(path.getParent(), name));
      } else {
        LOG.warn("Removing {}, left by an interrupted run.", path);
        fs.delete(path, false);
      }
    }
  }

  /**
   * Reads a file whose name may be free for a moment.
   *
   * @throws FileNotFoundException if there is neither the file nor a copy of it
   */
  static <T> T read(FileSystem fs, Path path, Reading<T> reading) throws IOException {
    Path place = path;
    for (int looks = 0; ; looks++) {
      try {
        return reading.from(place);
      } catch (FileNotFoundException e) {
        if (looks == MOST_LOOKS || inOneStep(fs, path.getParent())) {
          throw e;
        }
        // The name may be free, or the copy may have got it, since the last look.
        place = present(fs, path).orElseThrow(() -> e);
      }
    }
  }

  /** Renames to a name that is free. */
  static void rename(FileSystem fs, Path from, Path to) throws IOException {
    if (!fs.rename(from, to)) {
      throw new IOException("The file system refused to rename " + from + " to " + to + ".");
    }
  }

  /** What is in a directory; nothing if it is absent. */
  static FileStatus[] children(FileSystem fs, Path directory) throws IOException {
    try {
      return fs.listStatus(directory);
    } catch (FileNotFoundException e) {
      return new FileStatus[0];
    }
  }

  private static Path sibling(Path target, String kind) {
    return new Path(
        target.getParent(), ".%s.%s-%s".formatted(target.getName(), kind, UUID.randomUUID()));
  }

  private static Matcher matched(Path copy) {
    Matcher matcher = COPY.matcher(copy.getName());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(copy + " is no copy");
    }
    return matcher;
  }
}
