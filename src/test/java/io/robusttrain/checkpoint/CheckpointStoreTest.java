package io.robusttrain.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
  /** Shared: each new one parses Hadoop's defaults again. */
  private static final Configuration CONF = new Configuration();

  @TempDir Path dir;
  private CheckpointStore store;

  @BeforeEach
  void openStore() throws IOException {
    store = reopened();
  }

  @Test
  void holdsNothingAtFirst() throws IOException {
    assertThat(store.list()).isEmpty();
    assertThat(store.newest()).isEmpty();
    assertThat(store.retain(Samples.newest(1), Optional.empty())).isEmpty();
  }

  @Test
  void returnsWhatWasCommitted() throws IOException {
    Samples.commit(store, 6);
    Samples.commit(store, 7);
    Checkpoint checkpoint = reopened().newest().orElseThrow();
    assertThat(checkpoint.name()).isEqualTo("epoch-0007");
    assertThat(checkpoint.state()).isEqualTo(Samples.state(7));
    assertThat(checkpoint.files())
        .extracting(FileEntry::name)
        .containsExactly(
            "model.safetensors",
            "slice-00000-of-00002.safetensors",
            "slice-00001-of-00002.safetensors");
    try (ModelFile model = checkpoint.openModel()) {
      assertThat(model.tensors().floats("head.weight")).containsExactly(7, 2, 3);
    }
    assertThat(store.list()).containsExactly("epoch-0006", "epoch-0007");
    assertThat(visibleAndHidden()).containsExactly("epoch-0006", "epoch-0007");
  }

  @Test
  void readsSlicesIntoAnotherDivision() throws Exception {
    Samples.commit(store, 7);
    Checkpoint checkpoint = store.newest().orElseThrow();
    CheckpointLocation location = throughSerialization(checkpoint.location());
    List<String> files = checkpoint.sliceFiles();
    List<String> both = List.of("exp_avg", "exp_avg_sq");
    SliceRange all = new SliceRange(0, 1, 0, 5, 5);
    assertThat(OptimizerSlices.read(location, files, both, all))
        .containsOnlyKeys(both)
        .allSatisfy(
            (name, values) -> assertThat(values).containsExactly(7f, 7.1f, 7.2f, 7.3f, 7.4f));
    assertThat(
            OptimizerSlices.read(location, files, both, new SliceRange(1, 3, 2, 2, 5))
                .get("exp_avg_sq"))
        .containsExactly(7.2f, 7.3f);
    assertThatThrownBy(
            () -> OptimizerSlices.read(location, files, both, new SliceRange(0, 1, 0, 5, 6)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("belongs to a vector of 5 elements, the model has 6");
    assertThatThrownBy(
            () -> OptimizerSlices.read(location, files.subList(1, 2), List.of("exp_avg"), all))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("hold 2 of elements 0 to 5 of 'exp_avg'");
    assertThatThrownBy(() -> OptimizerSlices.read(location, files, List.of("momentum_buffer"), all))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no tensor 'momentum_buffer'");
  }

  /** As no engine divides a vector: the file that should hold an element holds another. */
  @Test
  void readsSlicesOfUnevenDivisions() throws IOException {
    long[] starts = {0, 1, 1, 2, 90, 100};
    try (CheckpointSession session = store.begin(CheckpointStore.name(1))) {
      for (int i = 0; i < starts.length - 1; i++) {
        int length = (int) (starts[i + 1] - starts[i]);
        SliceRange range = new SliceRange(i, starts.length - 1, starts[i], length, 100);
        float[] values = new float[length];
        for (int j = 0; j < length; j++) {
          values[j] = starts[i] + j;
        }
        session.add(OptimizerSlices.write(session.location(), range, Map.of("exp_avg", values)));
      }
      session.commit(Samples.state(1));
    }
    Checkpoint checkpoint = store.newest().orElseThrow();
    for (int from = 0; from < 100; from++) {
      for (int length : new int[] {0, 1, 2, 100 - from}) {
        SliceRange range = new SliceRange(0, 1, from, Math.min(length, 100 - from), 100);
        float[] expected = new float[range.length()];
        for (int i = 0; i < expected.length; i++) {
          expected[i] = from + i;
        }
        assertThat(
                OptimizerSlices.read(
                    checkpoint.location(), checkpoint.sliceFiles(), List.of("exp_avg"), range))
            .hasEntrySatisfying("exp_avg", values -> assertThat(values).isEqualTo(expected));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.safetensors",
        "slice-00000-of-00002.safetensors",
        "slice-00001-of-00002.safetensors",
        "manifest.json"
      })
  void neverReturnsADamagedCheckpointSilently(String file) throws IOException {
    Samples.commit(store, 6);
    Samples.commit(store, 7);
    Path path = dir.resolve("epoch-0007").resolve(file);
    byte[] whole = Files.readAllBytes(path);
    for (int position = 0; position < whole.length; position += 97) {
      byte[] flipped = whole.clone();
      flipped[position] ^= 1;
      Files.write(path, flipped);
      // White space of the manifest carries nothing, so a flip there may pass unharmed.
      if (file.equals("manifest.json") && Character.isWhitespace(whole[position])) {
        continue;
      }
      requireSkipped();
    }
    Files.write(path, Arrays.copyOf(whole, whole.length - 1));
    requireSkipped();
    Files.delete(path);
    requireSkipped();
  }

  private void requireSkipped() throws IOException {
    assertThat(reopened().newest().orElseThrow().name()).isEqualTo("epoch-0006");
    assertThatThrownBy(() -> reopened().read("epoch-0007"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("epoch-0007")
        .hasMessageContaining("Continue from another checkpoint.");
  }

  /** So Hadoop tells of a NameNode that ends while it is asked. */
  @Test
  void aConnectionThatEndsIsNoDamage() throws IOException {
    Samples.commit(store, 7);
    org.apache.hadoop.fs.Path base = new org.apache.hadoop.fs.Path(dir.toUri());
    FileSystem ending =
        new FilterFileSystem(Storage.fileSystem(base, CONF)) {
          @Override
          public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize)
              throws IOException {
            throw new EOFException("End of File Exception between local host is: driver");
          }
        };
    assertThatThrownBy(() -> new CheckpointStore(ending, base).newest())
        .isInstanceOf(EOFException.class)
        .hasMessage("End of File Exception between local host is: driver");
  }

  @Test
  void replacesADamagedCheckpointButNotAWholeOne() throws IOException {
    Samples.commit(store, 6);
    Samples.commit(store, 7);
    assertThatThrownBy(() -> store.begin("epoch-0007"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("exists already");
    Files.writeString(dir.resolve("epoch-0007/model.safetensors"), "");
    Samples.commit(store, 7);
    assertThat(reopened().newest().orElseThrow().name()).isEqualTo("epoch-0007");
  }

  @Test
  void retentionKeepsTheNewestAndTheBest() throws IOException {
    for (int epoch = 1; epoch <= 5; epoch++) {
      Samples.commit(store, epoch);
    }
    assertThat(store.retain(Samples.newest(2), Optional.of("epoch-0001")))
        .containsExactly("epoch-0002", "epoch-0003");
    assertThat(visibleAndHidden()).containsExactly("epoch-0001", "epoch-0004", "epoch-0005");
    assertThatThrownBy(() -> store.retain(Samples.newest(0), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void retentionCountsFromTheNewestWholeOne() throws IOException {
    for (int epoch = 1; epoch <= 3; epoch++) {
      Samples.commit(store, epoch);
    }
    Files.delete(dir.resolve("epoch-0003/manifest.json"));
    CheckpointStore resumed = reopened();
    assertThat(resumed.retain(Samples.newest(1), Optional.empty())).containsExactly("epoch-0001");
    assertThat(resumed.newest().orElseThrow().name()).isEqualTo("epoch-0002");
  }

  @Test
  void anAbandonedSessionLeavesNoTrace() throws IOException {
    try (CheckpointSession session = store.begin("epoch-0001")) {
      session.create("a").close();
    }
    assertThat(visibleAndHidden()).isEmpty();
  }

  @Test
  void refusesToCommitWhatItsWriterDidNotWrite() throws IOException {
    try (CheckpointSession session = store.begin("epoch-0001")) {
      session.add(new FileEntry("slice-00000-of-00001.safetensors", 3, "00"));
      assertThatThrownBy(() -> session.commit(Samples.state(1)))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("slice-00000-of-00001.safetensors is missing");
    }
    try (CheckpointSession session = store.begin("epoch-0001");
        OutputStream out = session.create("a")) {
      out.write(1);
      assertThatThrownBy(() -> session.commit(Samples.state(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Close [a] before the commit.");
    }
  }

  @Test
  void namesWhatIsThereWhenAskedForSomethingElse() throws IOException {
    Samples.commit(store, 1);
    assertThatThrownBy(() -> store.read("epoch-0002"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("there are [epoch-0001]");
    assertThatThrownBy(() -> store.read("../best")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLaterFormatIsNotGuessedAt() throws IOException {
    Samples.commit(store, 1);
    Path manifest = dir.resolve("epoch-0001/manifest.json");
    String text = Files.readString(manifest, StandardCharsets.UTF_8);
    Files.writeString(manifest, text.replace("\"format_version\" : 2", "\"format_version\" : 3"));
    assertThatThrownBy(() -> store.read("epoch-0001"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("format version is 3, this version reads 1 and 2");
  }

  /** A damaged one is; then the run would silently train again what the newer one has. */
  @Test
  void aWholeCheckpointOfALaterFormatIsNotPassedOver() throws IOException {
    Samples.commit(store, 1);
    Samples.commit(store, 2);
    Samples.commit(store, 3);
    makeNewer(dir.resolve("epoch-0002"));
    Files.delete(dir.resolve("epoch-0003/manifest.json"));
    for (ThrowingCallable reading :
        List.<ThrowingCallable>of(
            () -> reopened().newest(),
            () -> reopened().newestBefore("epoch-0003"),
            () -> reopened().read("epoch-0002"),
            () -> reopened().begin("epoch-0002"))) {
      assertThatThrownBy(reading)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("has format version 3, this version reads up to 2")
          .hasMessageContaining("Go on with the version that wrote it");
    }
    assertThat(reopened().read("epoch-0001").state()).isEqualTo(Samples.state(1));
  }

  @Test
  void aCommittedCheckpointOfALaterFormatIsNotPassedOverForAnOlderCopy() throws IOException {
    Samples.commit(store, 1);
    CheckpointName name = CheckpointName.of("epoch-0001");
    String directory = CommitFile.newDirectory(name);
    FileUtils.copyDirectory(dir.resolve("epoch-0001").toFile(), dir.resolve(directory).toFile());
    String manifest = makeNewer(dir.resolve(directory));
    org.apache.hadoop.fs.Path base = new org.apache.hadoop.fs.Path(dir.toUri());
    new CommitFile(name, directory, manifest).write(base.getFileSystem(CONF), base, Fence.none());

    assertThatThrownBy(() -> reopened().newest())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has format version 3, this version reads up to 2");
  }

  /** Gives a checkpoint a later format and returns the SHA-256 of its new manifest. */
  private static String makeNewer(Path checkpoint) throws IOException {
    Path manifest = checkpoint.resolve("manifest.json");
    ObjectNode root = (ObjectNode) new ObjectMapper().readTree(manifest.toFile());
    root.put("format_version", 3).remove("sha256");
    root.put("sha256", Sha256.of(root.toString()));
    Files.writeString(manifest, root.toString());
    return Sha256.of(Files.readAllBytes(manifest));
  }

  private CheckpointStore reopened() throws IOException {
    return CheckpointStore.at(new org.apache.hadoop.fs.Path(dir.toUri()), CONF);
  }

  private List<String> visibleAndHidden() throws IOException {
    try (Stream<Path> children = Files.list(dir)) {
      return children.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static CheckpointLocation throughSerialization(CheckpointLocation location)
      throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(location);
    return (CheckpointLocation)
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
  }
}
