package io.robusttrain.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local disk, but permissions are set by a call of the operating system. Without its
 * native library, Hadoop starts a process for each file and folder that it makes, some 10 ms.
 */
final class LocalDisk extends RawLocalFileSystem {
  private static final short STICKY = 01000;

  private LocalDisk() {}

  /** Stands for a local disk; one of a class that somebody configured stays. */
  static FileSystem insteadOf(FileSystem raw) throws IOException {
    if (raw.getClass() != RawLocalFileSystem.class) {
      return raw;
    }
    LocalDisk disk = new LocalDisk();
    disk.initialize(raw.getUri(), raw.getConf());
    return disk;
  }

  @Override
  public void setPermission(Path path, FsPermission permission) throws IOException {
    if (permission.toShort() >= STICKY) {
      super.setPermission(path, permission);
      return;
    }
    Files.setPosixFilePermissions(
        pathToFile(path).toPath(), PosixFilePermissions.fromString(permission.toString()));
  }
}
