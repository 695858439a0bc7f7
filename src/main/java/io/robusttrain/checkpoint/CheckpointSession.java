package io.robusttrain.checkpoint;

import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.storage.DurableOutputStream;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.StorageFullException;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
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

  private final Publication publication;
  private final FileSystem fs;
  private final Path staging;
  private final CheckpointName name;
  private final List<FileEntry> files = new ArrayList<>();
  private final Set<String> writing = new HashSet<>();

  private final long expectedBytes;
  private final Consumer<List<FileEntry>> committed;

  private boolean finished;

  /**
   * Starts without files.
   *
   * @param expectedBytes of all files, as far as the checkpoint before tells; 0 if nothing does
   * @param committed is told of the files when the checkpoint is there
   */
  CheckpointSession(
      Publication publication,
      Path staging,
      CheckpointName name,
      long expectedBytes,
      Consumer<List<FileEntry>> committed) {
    this.publication = publication;
    this.fs = publication.fs();
    this.staging = staging;
    this.name = name;
    this.expectedBytes = expectedBytes;
    this.committed = committed;
  }

  /** The directory under construction, for executors that write files into it. */
  public CheckpointLocation location() {
    return CheckpointLocation.of(fs, staging);
  }

  /**
   * Starts a file. It must be closed before the commit.
   *
   * @throws StorageFullException if there is no room, as do the stream's methods
   */
  public OutputStream create(String file) throws IOException {
    requireOpen();
    MessageDigest digest = Sha256.digest();
    DurableOutputStream out;
    try {
      out = DurableOutputStream.create(fs, new Path(staging, file));
    } catch (IOException e) {
      throw explained(e);
    }
    writing.add(file);
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
          out.write(bytes, offset, length);
        } catch (IOException e) {
          throw explained(e);
        }
        digest.update(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        try {
          out.close();
        } catch (IOException e) {
          throw explained(e);
        }
        if (writing.remove(file)) {
          add(new FileEntry(file, out.size(), Sha256.hex(digest)));
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
   * Verifies every file by reading it back (length, SHA-256), writes the manifest and then makes
   * the checkpoint visible in one step. When this returns the checkpoint is there; when it throws
   * the store is as before, unless the file system stopped answering at that very step.
   *
   * @throws CheckpointException if a file does not hold what its writer wrote
   * @throws StorageFullException if there is no room
   * @throws RunLeaseException if another process owns the run
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
    try {
      try (OutputStream out =
          DurableOutputStream.create(fs, new Path(staging, CheckpointManifest.FILE))) {
        out.write(manifest);
      }
    } catch (IOException e) {
      throw explained(e);
    }
    try {
      publication.publish(staging, name, Sha256.of(manifest));
    } catch (IOException e) {
      requirePublished(e);
    }
    finished = true;
    committed.accept(files);
  }

  /** Asks whether the checkpoint is there: a store may do what it is asked and lose the answer. */
  private void requirePublished(IOException failure) throws IOException {
    boolean published;
    try {
      published = publication.isPublished(staging, name);
    } catch (IOException | CheckpointException e) {
      // Nobody can say. Removing the files could take a checkpoint away; the next session sees.
      finished = true;
      failure.addSuppressed(e);
      throw explained(failure);
    }
    if (!published) {
      throw explained(failure);
    }
    LOG.warn(
        "Checkpoint {} is there, although the file system reported {}.", name, failure.toString());
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
      LOG.warn(
          "Cannot remove the unfinished checkpoint {}; the next one will: {}",
          staging,
          e.toString());
    }
  }

  /** Aborts the session unless it was committed. */
  @Override
  public void close() {
    abort();
  }

  /** Adds to the failure of a full disk what was to be written, and what to do. */
  private IOException explained(IOException failure) {
    if (!StorageFullException.says(failure)) {
      return failure;
    }
    long written = files.stream().mapToLong(FileEntry::size).sum();
    String needed =
        expectedBytes > written
            ? "it needs %,d bytes".formatted(expectedBytes)
            : "it needs more than %,d bytes".formatted(written);
    return new StorageFullException(
        "There is no room for checkpoint %s in %s: %s (%s). The checkpoints that are there are unharmed. Free some space there, lower checkpoint.keep, or continue a copy of the run elsewhere with run.dir."
            .formatted(name, publication.base(), needed, StorageFullException.reason(failure)),
        failure);
  }

  private void requireOpen() {
    if (finished) {
      throw new IllegalStateException("Checkpoint " + name + " is already committed or aborted.");
    }
  }
}
