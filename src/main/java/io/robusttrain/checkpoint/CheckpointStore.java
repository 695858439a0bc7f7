package io.robusttrain.checkpoint;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one run, {@code epoch-0007} and {@code epoch-0007-step-000001234}, each
 * complete or absent, on any Hadoop file system; {@link CommitProtocol} says how. Both kinds are
 * read wherever they are found, so a run can be copied from one file system to another. One process
 * writes at a time, which {@link Fence} guards; others may read meanwhile. What crashed writers
 * left is never read and is cleared by the next writer. Not thread-safe.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

  private final FileSystem fs;
  private final Path base;
  private final Fence fence;
  private final Publication publication;

  /** Newest checkpoint known to be whole, so that retention need not read it again. */
  private Optional<CheckpointName> verified = Optional.empty();

  /** Bytes of the newest checkpoint seen, which are about those of the next; 0 if none was. */
  private long usualBytes;

  /**
   * A store under {@code base}, which need not exist yet.
   *
   * @param protocol how new checkpoints become complete
   * @param fence asked before anything is published or removed
   */
  public CheckpointStore(FileSystem fs, Path base, CommitProtocol protocol, Fence fence) {
    this.fs = fs;
    this.base = fs.makeQualified(base);
    this.fence = fence;
    this.publication = new Publication(fs, this.base, protocol, fence);
  }

  /** A store that commits as its file system can and that nobody else writes. */
  public CheckpointStore(FileSystem fs, Path base) {
    this(fs, base, CommitProtocol.of(fs), Fence.none());
  }

  /** A store at any path; the local disk is used without Hadoop's side files. */
  public static CheckpointStore at(Path base, Configuration conf) throws IOException {
    return new CheckpointStore(Storage.fileSystem(base, conf), base);
  }

  /**
   * The name of the checkpoint after {@code epoch} completed epochs, such as {@code epoch-0007}.
   */
  public static String name(int epoch) {
    return new CheckpointName(epoch).toString();
  }

  /**
   * The name of a checkpoint between two epoch ends, such as {@code epoch-0007-step-000001234}.
   *
   * @param epoch completed epochs
   * @param step completed optimiser steps of the run, at least 0
   */
  public static String name(int epoch, long step) {
    if (step < 0) {
      throw new IllegalArgumentException("Step " + step + " is a count.");
    }
    return new CheckpointName(epoch, step).toString();
  }

  /**
   * Starts a checkpoint; clears what crashed writers left and a damaged one of the same name.
   *
   * @throws CheckpointException if a whole checkpoint of that name exists
   * @throws RunLeaseException if another process owns the run
   */
  public CheckpointSession begin(String name) throws IOException {
    CheckpointName checked = CheckpointName.of(name);
    fence.requireHeld();
    StoreListing listing = StoreListing.of(fs, base);
    if (listing.names().contains(checked)) {
      if (whole(listing, checked).isPresent()) {
        throw new CheckpointException(
            "Checkpoint %s exists already. Continue the run from it, or remove it first."
                .formatted(new Path(base, name)));
      }
      remove(listing, checked);
    }
    clearLeftovers(StoreListing.of(fs, base));
    Path staging = publication.newDirectory(checked);
    return new CheckpointSession(
        publication, staging, checked, usualBytes, files -> committed(checked, files));
  }

  /**
   * Names of the checkpoints that have a commit file or a manifest, oldest first. Content is not
   * verified.
   */
  public List<String> list() throws IOException {
    return complete(StoreListing.of(fs, base)).stream().map(CheckpointName::toString).toList();
  }

  private List<CheckpointName> complete(StoreListing listing) throws IOException {
    List<CheckpointName> names = new ArrayList<>();
    for (CheckpointName name : listing.names()) {
      if (listing.committed().contains(name) || fs.exists(publication.manifest(name))) {
        names.add(name);
      }
    }
    return names;
  }

  /**
   * The newest whole checkpoint, verified. Damaged and partial ones are skipped with a warning that
   * names them.
   *
   * @throws CheckpointException if the newest was written by a newer version of this project
   */
  public Optional<Checkpoint> newest() throws IOException {
    List<CheckpointName> before = null;
    while (true) {
      StoreListing listing = StoreListing.of(fs, base);
      List<CheckpointName> names = listing.names();
      // The owner may have committed a newer one and removed these while they were read.
      if (names.equals(before)) {
        return Optional.empty();
      }
      for (int i = names.size() - 1; i >= 0; i--) {
        Optional<Checkpoint> checkpoint = whole(listing, names.get(i));
        if (checkpoint.isPresent()) {
          usualBytes = bytes(checkpoint.get().files());
          return checkpoint;
        }
      }
      before = names;
    }
  }

  /**
   * The newest whole checkpoint before one of a name; damaged ones are passed over.
   *
   * @throws CheckpointException if that was written by a newer version of this project
   */
  public Optional<Checkpoint> newestBefore(String name) throws IOException {
    StoreListing listing = StoreListing.of(fs, base);
    List<CheckpointName> names = listing.names();
    Optional<Checkpoint> found = Optional.empty();
    for (int i = names.indexOf(CheckpointName.of(name)) - 1; i >= 0 && found.isEmpty(); i--) {
      found = whole(listing, names.get(i));
    }
    return found;
  }

  /**
   * Opens one checkpoint and verifies every file of it.
   *
   * @throws CheckpointException if it is absent, damaged or partial
   */
  public Checkpoint read(String name) throws IOException {
    CheckpointName checked = CheckpointName.of(name);
    StoreListing listing = StoreListing.of(fs, base);
    if (!listing.names().contains(checked)) {
      throw new CheckpointException(
          "There is no checkpoint %s; there are %s. Name one of these."
              .formatted(new Path(base, name), list()));
    }
    return open(listing, checked);
  }

  /**
   * Removes old checkpoints. Kept are those of the policy, the best, the newest whole one (so never
   * the only one), and everything newer than that (the next commit of that name replaces it).
   * Damaged ones do not count among the newest.
   *
   * @param best name of the best checkpoint, if there is one
   * @return names of the removed ones, oldest first
   * @throws RunLeaseException if another process owns the run
   */
  public List<String> retain(RetentionPolicy policy, Optional<String> best) throws IOException {
    StoreListing listing = StoreListing.of(fs, base);
    Optional<CheckpointName> newest = newestWhole(listing);
    if (newest.isEmpty()) {
      return List.of();
    }
    List<CheckpointName> candidates =
        complete(listing).stream().filter(name -> name.compareTo(newest.get()) <= 0).toList();
    Set<CheckpointName> kept =
        new HashSet<>(
            candidates.subList(
                Math.max(0, candidates.size() - policy.newest()), candidates.size()));
    kept.add(newest.get());
    best.map(CheckpointName::of).ifPresent(kept::add);
    List<String> removed = new ArrayList<>();
    for (CheckpointName name : listing.names()) {
      boolean older = name.compareTo(newest.get()) < 0;
      if (older && !kept.contains(name) && !policy.forGood(name)) {
        remove(listing, name);
        removed.add(name.toString());
      }
    }
    return removed;
  }

  /**
   * Removes a checkpoint that the run went back behind; the steps after the one before it will be
   * done again.
   *
   * @throws RunLeaseException if another process owns the run
   */
  public void discard(String name) throws IOException {
    CheckpointName checked = CheckpointName.of(name);
    remove(StoreListing.of(fs, base), checked);
    verified = verified.filter(newest -> !newest.equals(checked));
  }

  private Optional<CheckpointName> newestWhole(StoreListing listing) throws IOException {
    List<CheckpointName> names = listing.names();
    if (!names.isEmpty() && verified.equals(Optional.of(names.get(names.size() - 1)))) {
      return verified;
    }
    return newest().map(checkpoint -> CheckpointName.of(checkpoint.name()));
  }

  private void committed(CheckpointName name, List<FileEntry> files) {
    verified = Optional.of(name);
    usualBytes = bytes(files);
  }

  /** Takes it out of sight in one step first: a crash half way leaves nothing partial to read. */
  private void remove(StoreListing listing, CheckpointName name) throws IOException {
    if (listing.committed().contains(name)) {
      removeCommitted(listing, name);
    }
    if (listing.renamed().contains(name)) {
      removeRenamed(name);
    }
  }

  private void removeCommitted(StoreListing listing, CheckpointName name) throws IOException {
    delete(CommitFile.path(base, name), false);
    for (Path data : listing.data(name)) {
      delete(data, true);
    }
  }

  private void removeRenamed(CheckpointName name) throws IOException {
    Path directory = new Path(base, name.toString());
    if (CommitProtocol.of(fs) == CommitProtocol.RENAME) {
      Path hidden = publication.hidden("removed", name);
      fence.requireHeld();
      Storage.rename(fs, directory, hidden);
      delete(hidden, true);
    } else {
      delete(publication.manifest(name), false);
      delete(directory, true);
    }
  }

  /** Asks each time: a deletion may take long, and the run may be lost meanwhile. */
  private void delete(Path path, boolean recursive) throws IOException {
    fence.requireHeld();
    fs.delete(path, recursive);
  }

  private Optional<Checkpoint> whole(StoreListing listing, CheckpointName name) throws IOException {
    try {
      return Optional.of(open(listing, name));
    } catch (NewerFormatException e) {
      throw e;
    } catch (CheckpointException e) {
      LOG.warn("Skipped: {}", e.getMessage());
      return Optional.empty();
    } catch (IOException e) {
      // Its blocks may have gone while they were read, if the owner removed it just now.
      if (StoreListing.of(fs, base).names().contains(name)) {
        throw e;
      }
      LOG.warn("Skipped: {} was removed while it was read.", name);
      return Optional.empty();
    }
  }

  /** The committed directory counts before a renamed one, which only an older copy can be. */
  private Checkpoint open(StoreListing listing, CheckpointName name) throws IOException {
    Path directory = new Path(base, name.toString());
    if (!listing.committed().contains(name)) {
      return Checkpoint.open(fs, name, directory, Optional.empty());
    }
    try {
      CommitFile commit = CommitFile.read(fs, base, name);
      Path data = new Path(base, commit.directory());
      return Checkpoint.open(fs, name, data, Optional.of(commit.manifestSha256()));
    } catch (NewerFormatException e) {
      throw e;
    } catch (CheckpointException e) {
      if (!listing.renamed().contains(name)) {
        throw e;
      }
      LOG.warn("Skipped: {}", e.getMessage());
      return Checkpoint.open(fs, name, directory, Optional.empty());
    }
  }

  private void clearLeftovers(StoreListing listing) throws IOException {
    List<Path> leftovers = new ArrayList<>(listing.hidden());
    for (Path data : listing.data()) {
      CheckpointName name = CommitFile.ofDirectory(data.getName()).orElseThrow();
      if (!listing.committed().contains(name) || isReplaced(data, name)) {
        leftovers.add(data);
      }
    }
    for (Path leftover : leftovers) {
      LOG.warn("Removing {}, left by an interrupted run.", leftover);
      delete(leftover, true);
    }
    Storage.clearTemporaries(fs, base, fence);
  }

  /** Whether the commit file names another directory; a damaged one names none and keeps all. */
  private boolean isReplaced(Path data, CheckpointName name) throws IOException {
    try {
      return !CommitFile.read(fs, base, name).directory().equals(data.getName());
    } catch (CheckpointException e) {
      LOG.warn("Left alone is {}: {}", data, e.getMessage());
      return false;
    }
  }

  private static long bytes(List<FileEntry> files) {
    return files.stream().mapToLong(FileEntry::size).sum();
  }
}
