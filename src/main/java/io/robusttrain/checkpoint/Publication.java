package io.robusttrain.checkpoint;

import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * How a directory under construction becomes a checkpoint of a store, in one step: by the rename of
 * the directory, or by a commit file that names it.
 *
 * @param base the store's directory
 * @param protocol which of the two
 * @param fence asked right before the step
 */
record Publication(FileSystem fs, Path base, CommitProtocol protocol, Fence fence) {
  /** Makes the directory in which a checkpoint is built; no reader looks into it. */
  Path newDirectory(CheckpointName name) throws IOException {
    Path staging =
        protocol == CommitProtocol.RENAME
            ? hidden("staging", name)
            : new Path(base, CommitFile.newDirectory(name));
    if (!fs.mkdirs(staging)) {
      throw new IOException("The file system refused to create " + staging + ".");
    }
    return staging;
  }

  /** Makes a verified directory under construction the checkpoint. */
  void publish(Path staging, CheckpointName name, String manifestSha256) throws IOException {
    fence.requireHeld();
    if (protocol == CommitProtocol.RENAME) {
      Path target = new Path(base, name.toString());
      if (fs.exists(target)) {
        // The store saw to it that there is none; rename would put the new one inside this one.
        throw new IOException(target + " has appeared while its checkpoint was written.");
      }
      Storage.syncDirectory(fs, staging);
      Storage.rename(fs, staging, target);
      Storage.syncDirectory(fs, base);
    } else {
      new CommitFile(name, staging.getName(), manifestSha256).write(fs, base, fence);
    }
  }

  /** Whether a directory under construction has become the checkpoint. */
  boolean isPublished(Path staging, CheckpointName name) throws IOException {
    if (protocol == CommitProtocol.RENAME) {
      return !fs.exists(staging) && fs.exists(manifest(name));
    }
    return StoreListing.of(fs, base).committed().contains(name)
        && CommitFile.read(fs, base, name).directory().equals(staging.getName());
  }

  /** The manifest of a checkpoint that is a directory of its name. */
  Path manifest(CheckpointName name) {
    return new Path(new Path(base, name.toString()), CheckpointManifest.FILE);
  }

  /** A new name for a directory that no reader looks into. */
  Path hidden(String kind, CheckpointName name) {
    return new Path(base, "." + kind + "-" + name + "-" + UUID.randomUUID());
  }
}
