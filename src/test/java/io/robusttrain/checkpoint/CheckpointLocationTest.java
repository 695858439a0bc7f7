package io.robusttrain.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.storage.Storage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories as executors find them. */
class CheckpointLocationTest {
  private static final Configuration CONF = new Configuration();

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "my run",
        "100%",
        "a%20b",
        "run#1",
        "größe",
        "a?b",
        "a+b&c=d",
        "[x]{a,b}"
      })
  void whatAnExecutorWritesIsInTheDirectoryThatTheDriverNamed(String name) throws Exception {
    Path folder = Files.createDirectory(dir.resolve(name));
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder.toString());
    FileSystem fs = Storage.fileSystem(path, CONF);
    CheckpointLocation there = throughSerialization(CheckpointLocation.of(fs, path));
    assertThat(there.path()).isEqualTo(fs.makeQualified(path));
    FileEntry entry = there.write("slice", out -> out.write("state".getBytes(UTF_8)));
    assertThat(entry.size()).isEqualTo(5);
    assertThat(folder.resolve("slice")).hasContent("state");
    assertThat(dir.toFile().list()).containsExactly(name);
  }

  private static CheckpointLocation throughSerialization(CheckpointLocation location)
      throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(location);
    return (CheckpointLocation)
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
  }
}
