package io.robusttrain.data.prep.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FolderImporterTest {
  private final Configuration conf = new Configuration();

  @TempDir(factory = OddFolder.class)
  private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"set.tar", "set.tar.gz", "set.tar.xz"})
  void readsArchivesInPlaceOrThroughTheSpill(String name) throws IOException {
    Path tar = Archives.write(folder.resolve(name), Archives.tar(set("")));
    Listing listing = list(tar, Map.of());
    assertThat(listing.classes()).containsExactly("cat", "dog");
    assertThat(listing.ignored())
        .containsExactlyInAnyOrderEntriesOf(Map.of(".md", 1L, ".csv", 1L, "hidden", 1L));
    assertThat(images(listing)).isEqualTo(expected());
    assertThat(Files.exists(folder.resolve("spill"))).isEqualTo(!name.equals("set.tar"));
  }

  @Test
  void readsAFolder() throws IOException {
    for (Map.Entry<String, byte[]> entry : set("").entrySet()) {
      Path file = folder.resolve("set").resolve(entry.getKey());
      Files.createDirectories(file.getParent());
      Files.write(file, entry.getValue());
    }
    assertThat(images(list(folder.resolve("set"), Map.of()))).isEqualTo(expected());
  }

  @ParameterizedTest
  @ValueSource(strings = {"set", "set.tar", "set.tar.gz"})
  void namesOfClassesAndImagesStayAsTheyAre(String source) throws IOException {
    List<String> classes = List.of("#1 hüte", "100%25", "[x]{a,b}", "my cats+dogs");
    Map<String, byte[]> entries = new LinkedHashMap<>();
    Map<String, byte[]> expected = new HashMap<>();
    for (int label = 0; label < classes.size(); label++) {
      String name = classes.get(label) + "/a%20b #" + label + " [x].png";
      entries.put("train/" + name, Archives.image(label));
      expected.put("train " + label + " " + name, Archives.image(label));
    }
    Path input = folder.resolve(source);
    if (source.equals("set")) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        Path file = input.resolve(entry.getKey());
        Files.createDirectories(file.getParent());
        Files.write(file, entry.getValue());
      }
    } else {
      Archives.write(input, Archives.tar(entries));
    }
    Listing listing = list(input, Map.of());
    assertThat(listing.classes()).isEqualTo(classes);
    assertThat(images(listing)).isEqualTo(new Sorted(expected));
  }

  @Test
  void toleratesATopFolderAndRenamesSplits() throws IOException {
    Path tar = Archives.write(folder.resolve("set.tar"), Archives.tar(set("./my set-1/")));
    Listing listing = list(tar, Map.of("test", "val"));
    assertThat(listing.splits().keySet()).containsExactly("train", "val");
    assertThat(listing.splits().get("train")).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../train/cat/a.jpg", "/train/cat/a.jpg", "train/../../a.jpg", "c:/a.jpg"})
  void refusesToLeaveTheArchive(String name) throws IOException {
    Path tar =
        Archives.write(folder.resolve("set.tar"), Archives.tar(Map.of(name, Archives.image(0))));
    assertThatThrownBy(() -> list(tar, Map.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("entry '" + name + "'");
  }

  @Test
  void namesTheFileThatDoesNotFitTheLayout() throws IOException {
    Map<String, byte[]> entries = set("");
    entries.put("train/loose.png", Archives.image(0));
    Path tar = Archives.write(folder.resolve("set.tar"), Archives.tar(entries));
    assertThatThrownBy(() -> list(tar, Map.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("'train/loose.png' does not fit the layout <split>/<class>/<file>");
  }

  @Test
  void namesAMissingSplit() throws IOException {
    Path tar = Archives.write(folder.resolve("set.tar"), Archives.tar(set("")));
    assertThatThrownBy(() -> list(tar, Map.of("validation", "val")))
        .hasMessageContaining("no split folder 'validation'; found test, train");
  }

  @ParameterizedTest
  @ValueSource(strings = {"set.tar", "set.tar.gz", "set.tar.xz"})
  void reportsAnArchiveCutShort(String name) throws IOException {
    Path tar = Archives.write(folder.resolve(name), Archives.tar(set("")));
    byte[] whole = Files.readAllBytes(tar);
    Files.write(tar, Arrays.copyOf(whole, whole.length / 3));
    assertThatThrownBy(() -> list(tar, Map.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(name);
  }

  @Test
  void reportsMissingAndEmptySources() throws IOException {
    assertThatThrownBy(() -> list(folder.resolve("nowhere.tar"), Map.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no such file or folder");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> list(empty, Map.of())).hasMessageContaining("no image found");
  }

  private Listing list(Path input, Map<String, String> splits) throws IOException {
    try (SpillFolder spill =
        new SpillFolder(conf, new org.apache.hadoop.fs.Path(folder.resolve("spill").toUri()))) {
      return new FolderImporter(conf, splits)
          .list(new org.apache.hadoop.fs.Path(input.toUri()), spill);
    }
  }

  private static Map<String, byte[]> set(String top) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put(top + "README.md", Archives.text("about"));
    entries.put(top + "train/dog/b.png", Archives.image(1));
    entries.put(top + "train/cat/a.png", Archives.image(2));
    entries.put(top + "labels.csv", Archives.text("0,cat"));
    entries.put(top + "train/cat/" + "c".repeat(120) + ".png", Archives.image(3));
    entries.put(top + "train/cat/._a.png", Archives.text("resource fork"));
    entries.put(top + "test/cat/a.png", Archives.image(4));
    return entries;
  }

  private static Map<String, byte[]> expected() {
    return Map.of(
        "train 1 dog/b.png",
        Archives.image(1),
        "train 0 cat/a.png",
        Archives.image(2),
        "train 0 cat/" + "c".repeat(120) + ".png",
        Archives.image(3),
        "test 0 cat/a.png",
        Archives.image(4));
  }

  private Map<String, byte[]> images(Listing listing) throws IOException {
    Map<String, byte[]> images = new HashMap<>();
    try (OriginReader reader = new OriginReader(conf)) {
      for (Map.Entry<String, List<SampleRef>> split : listing.splits().entrySet()) {
        for (SampleRef sample : split.getValue()) {
          images.put(
              split.getKey() + " " + sample.label() + " " + sample.name(),
              reader.read(sample.origin()));
        }
      }
    }
    return new Sorted(images);
  }

  /** Compares arrays by content. */
  private static final class Sorted extends HashMap<String, byte[]> {
    private static final long serialVersionUID = 1L;

    Sorted(Map<String, byte[]> content) {
      super(content);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Map<?, ?> map
          && keySet().equals(map.keySet())
          && keySet().stream().allMatch(k -> Arrays.equals(get(k), (byte[]) map.get(k)));
    }

    @Override
    public int hashCode() {
      return keySet().hashCode();
    }
  }
}
