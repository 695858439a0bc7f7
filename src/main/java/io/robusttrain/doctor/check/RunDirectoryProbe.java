package io.robusttrain.doctor.check;

import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Tries on the driver what a run does in the folder of the run directories, in a hidden folder that
 * {@link #close} removes, with all folders that were not there before. Not thread-safe.
 */
public final class RunDirectoryProbe implements AutoCloseable {
  private final Path wanted;
  private final Configuration hadoop;
  private final Deque<Path> created = new ArrayDeque<>();
  private final List<String> refused = new ArrayList<>();
  private FileSystem fs;
  private Path root;
  private Path folder;

  /**
   * A probe; no file system is opened yet.
   *
   * @param root the folder of the run directories
   */
  public RunDirectoryProbe(Path root, Configuration hadoop) {
    this.wanted = root;
    this.hadoop = hadoop;
  }

  /** The hidden folder, qualified; empty where it could not be written. */
  public Optional<String> folder() {
    return folder == null || !refused.isEmpty() ? Optional.empty() : Optional.of(folder.toString());
  }

  /** Tries everything and leaves a file for the executors. */
  FileSystemFacts examine() {
    boolean appends = false;
    try {
      open();
      create();
      replaceFile();
      renameFolder();
      write(RunDirectoryCheck.TOKEN, "driver");
      if (!names().contains(RunDirectoryCheck.TOKEN)) {
        refused.add("a new file is not listed");
      }
      appends = fs.hasPathCapability(folder, CommonPathCapabilities.FS_APPEND);
    } catch (IOException | RuntimeException failed) {
      refused.add(Observation.text(failed));
    }
    return new FileSystemFacts(
        root == null ? wanted.toString() : root.toString(),
        fs == null ? CommitProtocol.FILE : CommitProtocol.of(fs),
        free(),
        new ArrayList<>(refused),
        appends);
  }

  private void open() throws IOException {
    fs = Storage.fileSystem(wanted, hadoop);
    root = fs.makeQualified(wanted);
    folder = new Path(root, ".doctor-" + UUID.randomUUID());
  }

  private void create() throws IOException {
    for (Path path = root; path != null && !fs.exists(path); path = path.getParent()) {
      created.addFirst(path);
    }
    if (!fs.mkdirs(folder)) {
      throw new IOException("the file system refused to create " + folder);
    }
  }

  private void write(String name, String text) throws IOException {
    Path file = new Path(folder, name);
    try (FSDataOutputStream out = fs.create(file, false)) {
      out.write(RunDirectoryCheck.token(text));
      out.hflush();
    }
    if (!Arrays.equals(read(file), RunDirectoryCheck.token(text))) {
      refused.add("a file reads differently from what was written");
    }
  }

  private byte[] read(Path file) throws IOException {
    try (FSDataInputStream in = fs.open(file)) {
      return in.readAllBytes();
    }
  }

  /** As metrics and the best model are replaced. */
  private void replaceFile() throws IOException {
    Path file = new Path(folder, "replaced.txt");
    write(file.getName(), "old");
    Storage.replace(fs, file, out -> out.write(RunDirectoryCheck.token("new")));
    if (!Arrays.equals(read(file), RunDirectoryCheck.token("new"))) {
      refused.add("a file that was replaced reads as before");
    }
  }

  private void renameFolder() throws IOException {
    Path from = new Path(folder, "from");
    if (!fs.mkdirs(from)) {
      refused.add("a folder cannot be created");
    }
    write("from/part.txt", "part");
    Path to = new Path(folder, "to");
    if (!fs.rename(from, to) || fs.exists(from) || !fs.exists(new Path(to, "part.txt"))) {
      refused.add("a folder with a file in it cannot be renamed");
    }
    if (!fs.delete(to, true) || fs.exists(to)) {
      refused.add("a folder cannot be deleted");
    }
  }

  private long free() {
    if (root == null) {
      return -1;
    }
    try {
      for (Path path = root; path != null; path = path.getParent()) {
        if (fs.exists(path)) {
          long remaining = fs.getStatus(path).getRemaining();
          return remaining == Long.MAX_VALUE ? -1 : remaining;
        }
      }
      return -1;
    } catch (IOException unknown) {
      return -1;
    }
  }

  /** Names of the files in the hidden folder. */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    for (FileStatus status : fs.listStatus(folder)) {
      names.add(status.getPath().getName());
    }
    return names;
  }

  @Override
  public void close() throws IOException {
    if (folder == null) {
      return;
    }
    fs.delete(folder, true);
    while (!created.isEmpty()) {
      Path path = created.removeLast();
      if (fs.exists(path) && fs.listStatus(path).length == 0) {
        fs.delete(path, false);
      }
    }
  }
}
