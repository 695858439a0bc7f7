package io.robusttrain.checkpoint;

import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * One look at what is in a store's directory, by names alone.
 *
 * @param renamed checkpoints that are a directory of their name
 * @param committed checkpoints that a commit file names
 * @param data directories that commit files may name
 * @param hidden directories that no reader looks at: unfinished, damaged or removed
 */
record StoreListing(
    Set<CheckpointName> renamed,
    Set<CheckpointName> committed,
    List<Path> data,
    List<Path> hidden) {

  static StoreListing of(FileSystem fs, Path base) throws IOException {
    StoreListing listing =
        new StoreListing(new HashSet<>(), new HashSet<>(), new ArrayList<>(), new ArrayList<>());
    for (FileStatus status : Storage.children(fs, base)) {
      listing.add(status);
    }
    return listing;
  }

  private void add(FileStatus status) {
    String name = status.getPath().getName();
    if (status.isFile()) {
      CommitFile.ofFile(name).ifPresent(committed::add);
      return;
    }
    Optional<CheckpointName> checkpoint = CheckpointName.parse(name);
    if (checkpoint.isPresent()) {
      renamed.add(checkpoint.get());
    } else if (CommitFile.ofDirectory(name).isPresent()) {
      data.add(status.getPath());
    } else if (name.startsWith(".") && name.contains("-epoch-")) {
      hidden.add(status.getPath());
    }
  }

  /** Everything that claims to be a checkpoint, oldest first. */
  List<CheckpointName> names() {
    TreeSet<CheckpointName> names = new TreeSet<>(renamed);
    names.addAll(committed);
    return List.copyOf(names);
  }

  /** Directories that were made for commit files of a checkpoint. */
  List<Path> data(CheckpointName name) {
    return data.stream()
        .filter(path -> CommitFile.ofDirectory(path.getName()).equals(Optional.of(name)))
        .toList();
  }
}
