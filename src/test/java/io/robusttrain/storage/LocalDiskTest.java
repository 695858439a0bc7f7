package io.robusttrain.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The project's local disk gives files and folders the permissions that Hadoop's gives them. */
class LocalDiskTest {
  @TempDir(factory = OddFolder.class)
  private java.nio.file.Path folder;

  private static FileSystem ours(Configuration conf) throws IOException {
    return Storage.fileSystem(new Path("file:///"), conf);
  }

  @ParameterizedTest
  @ValueSource(strings = {"022", "077", "002"})
  void filesAndFoldersGetThePermissionsThatHadoopGivesThem(String umask) throws IOException {
    Configuration conf = new Configuration();
    conf.set("fs.permissions.umask-mode", umask);
    // The cached one has the settings of whoever asked first.
    conf.setBoolean("fs.file.impl.disable.cache", true);
    FileSystem hadoops = new RawLocalFileSystem();
    hadoops.initialize(java.net.URI.create("file:///"), conf);
    FileSystem ours = ours(conf);
    assertThat(ours.getClass()).isNotEqualTo(RawLocalFileSystem.class);
    assertThat(made(ours, "ours")).isEqualTo(made(hadoops, "hadoops"));
  }

  private Set<String> made(FileSystem fs, String name) throws IOException {
    java.nio.file.Path made = folder.resolve(name);
    Path path = new Path(made.toUri());
    assertThat(fs.mkdirs(path)).isTrue();
    fs.create(new Path(path, "file"), false).close();
    fs.create(new Path(path, "own"), false).close();
    fs.setPermission(new Path(path, "own"), new FsPermission((short) 0640));
    fs.mkdirs(new Path(path, "sticky"));
    fs.setPermission(new Path(path, "sticky"), new FsPermission((short) 01777));
    int mode = (int) Files.getAttribute(made.resolve("sticky"), "unix:mode");
    return Set.of(
        permissions(made) + " folder",
        permissions(made.resolve("file")) + " file",
        permissions(made.resolve("own")) + " own",
        Integer.toOctalString(mode) + " sticky");
  }

  private static String permissions(java.nio.file.Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void aFileSystemOfSomebodysOwnStays() throws IOException {
    assertThat(ours(CountedOpens.settings())).isInstanceOf(CountedOpens.class);
  }
}
