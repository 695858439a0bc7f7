package io.robusttrain.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.FileEntry;
import io.robusttrain.checkpoint.FullDiskFileSystem;
import io.robusttrain.checkpoint.PlainLocalFileSystem;
import io.robusttrain.checkpoint.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FullDiskTest {
  @TempDir Path dir;

  /** Wherever in a checkpoint the disk is full, the one before is unharmed and nothing is left. */
  @ParameterizedTest
  @EnumSource
  void costsTheCheckpointOnly(FullDiskFileSystem.Notices notices) throws IOException {
    for (CommitProtocol protocol : CommitProtocol.values()) {
      Path base = dir.resolve(protocol.name());
      Samples.commit(store(base, plain(), protocol), 6);
      List<String> before = names(base);
      long room = 0;
      while (true) {
        CheckpointStore store = store(base, FullDiskFileSystem.settings(room, notices), protocol);
        store.newest();
        try {
          Samples.commit(store, 7);
          break;
        } catch (StorageFullException e) {
          assertThat(e)
              .hasMessageContaining("There is no room for")
              .hasMessageContaining("epoch-0007")
              .hasMessageContaining("No space left on device")
              .hasMessageContaining("Free some space there");
        }
        assertThat(names(base)).isEqualTo(before);
        assertThat(store(base, plain(), protocol).newest().orElseThrow().state())
            .isEqualTo(Samples.state(6));
        room += 150;
      }
      assertThat(room).isGreaterThan(2000);
      assertThat(store(base, plain(), protocol).newest().orElseThrow().state())
          .isEqualTo(Samples.state(7));
    }
  }

  @Test
  void theMessageSaysWhatIsNeeded() throws IOException {
    Samples.commit(store(dir, plain(), CommitProtocol.RENAME), 6);
    Configuration full = FullDiskFileSystem.settings(100, FullDiskFileSystem.Notices.AT_WRITE);
    CheckpointStore store = store(dir, full, CommitProtocol.RENAME);
    long usual = store.newest().orElseThrow().files().stream().mapToLong(FileEntry::size).sum();
    assertThatThrownBy(() -> Samples.commit(store, 7))
        .isInstanceOf(StorageFullException.class)
        .hasMessageStartingWith(
            "There is no room for checkpoint epoch-0007 in file:%s/: it needs %,d bytes (No space left on device). The"
                .formatted(dir, usual))
        .hasMessageEndingWith(
            "The checkpoints that are there are unharmed. Free some space there, lower checkpoint.keep, or continue a copy of the run elsewhere with run.dir.");
  }

  @Test
  void aReplacedFileStaysAsItWas() throws IOException {
    Path best = dir.resolve("model.safetensors");
    Files.writeString(best, "old");
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(best.toUri());
    for (FullDiskFileSystem.Notices notices : FullDiskFileSystem.Notices.values()) {
      Configuration full = FullDiskFileSystem.settings(10, notices);
      assertThatThrownBy(
              () ->
                  Storage.replace(
                      Storage.fileSystem(path, full), path, out -> out.write(new byte[64])))
          .isInstanceOf(StorageFullException.class)
          .hasMessageContaining("model.safetensors");
      assertThat(names(dir)).containsExactly("model.safetensors");
      assertThat(best).hasContent("old");
    }
  }

  private static Configuration plain() {
    return PlainLocalFileSystem.settings();
  }

  private static CheckpointStore store(Path base, Configuration conf, CommitProtocol protocol)
      throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(base.toUri());
    return new CheckpointStore(Storage.fileSystem(path, conf), path, protocol, Fence.none());
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
