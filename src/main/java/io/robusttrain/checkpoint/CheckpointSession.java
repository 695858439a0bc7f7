package io.robusttrain.checkpoint;

import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A checkpoint under construction in a directory of its own. It comes into being with {@link
 * #commit}; without it, closing removes every trace. Not thread-safe; files may be written by other
 * processes at {@link #location} and announced with {@link #add}.
 */
public final class CheckpointSession implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointSession.class);

  private final CheckpointStore store;
  private final FileSystem fs;
  private final Path staging;
  private final String name;
  private final List<FileEntry> files = new ArrayList<>();
  private final Set<String> writing = new HashSet<>();
  private boolean finished;

  CheckpointSession(CheckpointStore store, FileSystem fs, Path staging, String name) {
    this.store = store;
    this.fs = fs;
    this.staging = staging;
    this.name = name;
  }

  /** The directory under construction, for executors that write files into it. */
  public CheckpointLocation location() {
    return CheckpointLocation.of(fs, staging);
  }

  /** Starts a file. It must be closed before the commit. */
  public OutputStream create(String file) throws IOException {
    requireOpen();
    MessageDigest digest = Sha256.digest();
    OutputStream out = new DigestOutputStream(fs.create(new Path(staging, file), false), digest);
    writing.add(file);
    return new FilterOutputStream(out) {
      private long size;

      @Override
      public void write(int value) throws IOException {
        out.write(value);
        size++;
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        size += length;
      }

      @Override
      public void close() throws IOException {
        super.close();
        if (writing.remove(file)) {
          add(new FileEntry(file, size, Sha256.hex(digest)));
        }
      }
    };
  }

  /** Announces a file that another process wrote at {@link #location}. */
  public void add(FileEntry file) {
    requireOpen();
    if (files.stream().anyMatch(other -> other.name().equals(file.name()))) {
      throw new IllegalArgumentException("File '" + file.name() + "' was already written.");
    }
    files.add(file);
  }

  /**
   * Verifies every file by reading it back (length, SHA-256), writes the manifest last and renames
   * the directory into place. When this returns the checkpoint is there; when it throws the store
   * is as before.
   *
   * @throws CheckpointException if a file does not hold what its writer wrote
   * @throws IllegalStateException if a stream is still open
   */
  public void commit(TrainingState state) throws IOException {
    requireOpen();
    if (!writing.isEmpty()) {
      throw new IllegalStateException("Close " + writing + " before the commit.");
    }
    files.sort(Comparator.comparing(FileEntry::name));
    for (FileEntry file : files) {
      Checkpoint.verify(fs, staging, file);
    }
    byte[] manifest = new CheckpointManifest(state, files).toBytes();
    try (OutputStream out = fs.create(new Path(staging, CheckpointManifest.FILE), false)) {
      out.write(manifest);
    }
    store.publish(staging, name);
    finished = true;
  }

  /** Gives up and removes what was written. Does nothing after a commit. */
  public void abort() {
    if (finished) {
      return;
    }
    finished = true;
    try {
      fs.delete(staging, true);
    } catch (IOException e) {
      // The next session removes it; nothing reads a directory of this name.
      LOG.warn("Cannot remove the unfinished checkpoint {}; the next one will.", staging, e);
    }
  }

  /** Aborts unless committed. */
  @Override
  public void close() {
    abort();
  }

  private void requireOpen() {
    if (finished) {
      throw new IllegalStateException("Checkpoint " + name + " is already committed or aborted.");
    }
  }
}
