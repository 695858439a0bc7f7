package io.robusttrain.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files that are whole or absent on any Hadoop file system. */
public final class Storage {
  private static final Logger LOG = LoggerFactory.getLogger(Storage.class);
  private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.tmp-[0-9a-f-]{36}");

  private Storage() {}

  /** Writes the content of a file to a stream that the caller closes. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything; must not close {@code out}. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * The file system of {@code path}. The local disk comes without Hadoop's {@code .crc} side files:
   * this project keeps its own checksums, and appends, which the side files forbid.
   */
  public static FileSystem fileSystem(Path path, Configuration conf) throws IOException {
    FileSystem fs = path.getFileSystem(conf);
    return fs instanceof LocalFileSystem local ? LocalDisk.insteadOf(local.getRawFileSystem()) : fs;
  }

  /**
   * As {@link #replace(FileSystem, Path, Fence, Content)}, for files that only one process writes.
   */
  public static void replace(FileSystem fs, Path target, Content content) throws IOException {
    replace(fs, target, Fence.none(), content);
  }

  /**
   * Writes a file so that a reader sees the old content or the new one, whole. Where rename is one
   * step, the file is written under a temporary name beside {@code target}, forced to the disk and
   * renamed into place. An object store has no such rename, but shows an object only when its
   * stream is closed; there the target is written itself. Where rename is one step but cannot
   * replace a file, as on abfs, the name is free for a moment and only {@link #read} always finds
   * one of the two contents. A failed write leaves the target as it was.
   *
   * @param fence asked when everything is written, right before it becomes visible
   * @throws StorageFullException if there is no room; nothing is left behind
   * @throws IOException if the file system refuses; nothing that is read is left behind
   */
  public static void replace(FileSystem fs, Path target, Fence fence, Content content)
      throws IOException {
    if (CommitProtocol.of(fs) == CommitProtocol.RENAME) {
      writeAndRename(fs, target, fence, content);
    } else {
      put(fs, target, fence, content);
    }
  }

  /**
   * Removes what replacing files in {@code directory} left there when its process died. A file of
   * which only a copy is there gets its name back. Only the owner of the directory may ask for
   * that.
   *
   * @param fence asked before each removal and renaming
   */
  public static void clearTemporaries(FileSystem fs, Path directory, Fence fence)
      throws IOException {
    FileStatus[] files = children(fs, directory);
    Replacement.recover(fs, files, fence);
    for (FileStatus status : files) {
      if (status.isFile() && TEMPORARY.matcher(status.getPath().getName()).matches()) {
        LOG.warn("Removing {}, left by an interrupted run.", status.getPath());
        fence.requireHeld();
        fs.delete(status.getPath(), false);
      }
    }
  }

  /**
   * Reads a file that {@link #replace} may be replacing just now, or was when its process died.
   *
   * @param reading may be called again with another place, and is not called with {@code path}
   *     alone
   * @throws FileNotFoundException if there is no such file
   */
  public static <T> T read(FileSystem fs, Path path, Reading<T> reading) throws IOException {
    return Replacement.read(fs, path, reading);
  }

  /** All bytes of a file, as {@link #read} finds it. */
  public static byte[] bytes(FileSystem fs, Path path) throws IOException {
    return read(
        fs,
        path,
        place -> {
          try (InputStream in = fs.open(place)) {
            return in.readAllBytes();
          }
        });
  }

  /** Whether {@link #read} would find the file. */
  public static boolean exists(FileSystem fs, Path path) throws IOException {
    return fs.exists(path)
        || (!Replacement.inOneStep(fs, path.getParent())
            && Replacement.present(fs, path).isPresent());
  }

  /** The name of the file that a file of this name is, or is kept for while it is replaced. */
  public static String replacedName(String name) {
    return Replacement.ofCopy(name);
  }

  /** What is in a directory; nothing if it is absent. */
  public static FileStatus[] children(FileSystem fs, Path directory) throws IOException {
    return Replacement.children(fs, directory);
  }

  /**
   * What is in a directory, by the names under which {@link #read} finds it: while a file is
   * replaced, it may lie under another one.
   */
  public static Map<String, FileStatus> byName(FileSystem fs, Path directory) throws IOException {
    return Replacement.byName(children(fs, directory));
  }

  private static void writeAndRename(FileSystem fs, Path target, Fence fence, Content content)
      throws IOException {
    Path temporary =
        new Path(target.getParent(), "." + target.getName() + ".tmp-" + UUID.randomUUID());
    try {
      try (DurableOutputStream out = DurableOutputStream.create(fs, temporary)) {
        content.writeTo(out);
      }
      replaceByRename(fs, temporary, target, fence);
    } catch (IOException | RuntimeException e) {
      try {
        fs.delete(temporary, false);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    syncDirectory(fs, target.getParent());
  }

  private static void put(FileSystem fs, Path target, Fence fence, Content content)
      throws IOException {
    FSDataOutputStream out = fs.create(target, true);
    DurableOutputStream counted = new DurableOutputStream(out, target);
    try {
      content.writeTo(counted);
      fence.requireHeld();
    } catch (IOException | RuntimeException e) {
      // Closing would make half an object visible. A stream that cannot be aborted is left open.
      if (out.hasCapability(StreamCapabilities.ABORTABLE_STREAM)) {
        out.abort();
      }
      throw e;
    }
    counted.close();
  }

  private static void replaceByRename(FileSystem fs, Path from, Path to, Fence fence)
      throws IOException {
    // The local disk's rename replaces atomically; HDFS refuses an existing target there and
    // replaces it atomically through FileContext, which elsewhere would delete first.
    if (isLocal(fs) || !fs.exists(to)) {
      fence.requireHeld();
      rename(fs, from, to);
    } else if (Replacement.inOneStep(fs, to.getParent())) {
      fence.requireHeld();
      FileContext.getFileContext(fs.getUri(), fs.getConf())
          .rename(from, to, Options.Rename.OVERWRITE);
    } else {
      Replacement.run(fs, from, to, fence);
    }
  }

  /** Renames to a name that is free. */
  public static void rename(FileSystem fs, Path from, Path to) throws IOException {
    Replacement.rename(fs, from, to);
  }

  /**
   * Waits; an interrupt ends the wait as an exception and stays set.
   *
   * @param awaited what the caller waits for, for the message
   */
  public static void pause(Duration time, String awaited) throws InterruptedIOException {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while waiting for " + awaited + ".");
    }
  }

  /**
   * Whether the file system is the disk of this machine, without Hadoop's side files or with them.
   */
  public static boolean isLocal(FileSystem fs) {
    return "file".equals(fs.getUri().getScheme());
  }

  /**
   * Forces the names in a directory to the local disk. Without this, a power cut may bring the old
   * name back although the bytes of the renamed file had been forced. Other file systems keep their
   * names in a journal of their own.
   */
  public static void syncDirectory(FileSystem fs, Path directory) {
    if (!isLocal(fs)) {
      return;
    }
    java.nio.file.Path path = java.nio.file.Path.of(fs.makeQualified(directory).toUri().getPath());
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The files are there; only a power cut within seconds could still lose the new name.
      LOG.warn("The names in {} cannot be forced to the disk: {}", path, e.toString());
    }
  }
}
