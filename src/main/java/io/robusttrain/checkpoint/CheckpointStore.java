package io.robusttrain.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one run: directories {@code epoch-0007} and {@code
 * epoch-0007-step-000001234}, each complete or absent, on any Hadoop file system. One process writes at a time; names that start with a dot are unfinished or
 * given up and are cleared by the next writer. Where rename is not atomic (object stores) a crash
 * may leave a partial directory; its manifest or checksums give it away, and it is never returned.
 * Not thread-safe.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

  private final FileSystem fs;
  private final Path base;

  /** Newest checkpoint known to be whole, so that retention need not read it again. */
  private String verified = "";

  /** A store under {@code base}, which need not exist yet. */
  public CheckpointStore(FileSystem fs, Path base) {
    this.fs = fs;
    this.base = fs.makeQualified(base);
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
   * Starts a checkpoint; clears what crashed writers left. A damaged checkpoint of the same name is
   * replaced at the commit.
   *
   * @throws CheckpointException if a whole checkpoint of that name exists
   */
  public CheckpointSession begin(String name) throws IOException {
    CheckpointName.of(name);
    Path target = new Path(base, name);
    if (fs.exists(target) && whole(name).isPresent()) {
      throw new CheckpointException(
          "Checkpoint %s exists already. Continue the run from it, or remove it first."
              .formatted(target));
    }
    clearLeftovers();
    Path staging = hidden("staging", name);
    if (!fs.mkdirs(staging)) {
      throw new IOException("The file system refused to create " + staging + ".");
    }
    return new CheckpointSession(this, fs, staging, name);
  }

  /** Names of the directories with a manifest, oldest first. Content is not verified. */
  public List<String> list() throws IOException {
    List<String> names = new ArrayList<>();
    for (String name : directories()) {
      if (fs.exists(new Path(new Path(base, name), CheckpointManifest.FILE))) {
        names.add(name);
      }
    }
    return names;
  }

  /**
   * The newest whole checkpoint, verified. Damaged and partial ones are skipped with a warning that
   * names them.
   */
  public Optional<Checkpoint> newest() throws IOException {
    List<String> names = directories();
    for (int i = names.size() - 1; i >= 0; i--) {
      Optional<Checkpoint> checkpoint = whole(names.get(i));
      if (checkpoint.isPresent()) {
        return checkpoint;
      }
    }
    return Optional.empty();
  }

  /**
   * One checkpoint, verified.
   *
   * @throws CheckpointException if it is absent, damaged or partial
   */
  public Checkpoint read(String name) throws IOException {
    CheckpointName.of(name);
    Path directory = new Path(base, name);
    if (!fs.exists(directory)) {
      throw new CheckpointException(
          "There is no checkpoint %s; there are %s. Name one of these."
              .formatted(directory, list()));
    }
    return Checkpoint.open(fs, directory);
  }

  /**
   * Removes old checkpoints, keeping the newest {@code keepNewest}, the newest whole one, the best,
   * and anything damaged that is newer than the newest whole one (the next commit of that epoch
   * replaces it).
   *
   * @param keepNewest at least 1
   * @param best name of the best checkpoint, if there is one
   * @return names of the removed ones
   */
  public List<String> retain(int keepNewest, Optional<String> best) throws IOException {
    if (keepNewest < 1) {
      throw new IllegalArgumentException("At least the newest checkpoint is kept.");
    }
    List<String> names = directories();
    if (names.isEmpty()) {
      return List.of();
    }
    String newest = names.get(names.size() - 1);
    if (!newest.equals(verified)) {
      newest = newest().map(Checkpoint::name).orElse("");
    }
    int newestIndex = names.indexOf(newest);
    // Only what is older than the newest whole checkpoint can go; with none whole, nothing can.
    int end = newestIndex - keepNewest + 1;
    Set<String> kept = new HashSet<>();
    best.ifPresent(kept::add);
    List<String> removed = new ArrayList<>();
    for (int i = 0; i < end; i++) {
      String name = names.get(i);
      if (!kept.contains(name)) {
        remove(name);
        removed.add(name);
      }
    }
    return removed;
  }

  /**
   * Removes a checkpoint that the run went back behind; the steps after the one before it will be
   * done again.
   */
  public void discard(String name) throws IOException {
    CheckpointName.of(name);
    if (fs.exists(new Path(base, name))) {
      remove(name);
    }
    if (name.equals(verified)) {
      verified = "";
    }
  }

  /** Moves a complete staging directory into place; package-private for the session. */
  void publish(Path staging, String name) throws IOException {
    Path target = new Path(base, name);
    if (fs.exists(target)) {
      // begin() found it damaged; rename would put the new one inside it.
      rename(target, hidden("damaged", name));
    }
    rename(staging, target);
    verified = name;
  }

  /** Takes the directory out of sight first, so that a crash half way leaves no partial one. */
  private void remove(String name) throws IOException {
    Path hidden = hidden("removed", name);
    rename(new Path(base, name), hidden);
    fs.delete(hidden, true);
  }

  private Optional<Checkpoint> whole(String name) throws IOException {
    try {
      return Optional.of(Checkpoint.open(fs, new Path(base, name)));
    } catch (CheckpointException e) {
      LOG.warn("Skipped: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private void clearLeftovers() throws IOException {
    for (FileStatus status : children()) {
      String name = status.getPath().getName();
      if (status.isDirectory() && name.startsWith(".") && name.contains("-epoch-")) {
        LOG.warn("Removing {}, left by an interrupted run.", status.getPath());
        fs.delete(status.getPath(), true);
      }
    }
  }

  private List<String> directories() throws IOException {
    List<CheckpointName> names = new ArrayList<>();
    for (FileStatus status : children()) {
      if (status.isDirectory()) {
        CheckpointName.parse(status.getPath().getName()).ifPresent(names::add);
      }
    }
    return names.stream().sorted().map(CheckpointName::toString).toList();
  }

  private FileStatus[] children() throws IOException {
    try {
      return fs.listStatus(base);
    } catch (FileNotFoundException e) {
      return new FileStatus[0];
    }
  }

  private Path hidden(String kind, String name) {
    return new Path(base, "." + kind + "-" + name + "-" + UUID.randomUUID());
  }

  private void rename(Path from, Path to) throws IOException {
    if (!fs.rename(from, to)) {
      throw new IOException("The file system refused to rename " + from + " to " + to + ".");
    }
  }
}
