package io.robusttrain.data.prep.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNetImporterTest {
  private final Configuration conf = new Configuration();

  @TempDir(factory = OddFolder.class)
  private Path folder;

  private Path train;
  private Path val;

  @BeforeEach
  void buildArchives() throws IOException {
    Map<String, byte[]> synsets = new LinkedHashMap<>();
    synsets.put("n02119789.tar", synset("n02119789", 0, 2));
    synsets.put("n01440764.tar", synset("n01440764", 2, 3));
    synsets.put("n02100735.tar", synset("n02100735", 5, 1));
    train = Archives.write(folder.resolve("train.tar"), Archives.tar(synsets));
    Map<String, byte[]> images = new LinkedHashMap<>();
    for (int i = 3; i >= 1; i--) {
      images.put(String.format("ILSVRC2012_val_%08d.JPEG", i), Archives.image(10 + i));
    }
    val = Archives.write(folder.resolve("val.tar"), Archives.tar(images));
  }

  @Test
  void imagesOfTheInnerArchivesAreReadInPlace() throws IOException {
    Listing listing = list(text("n01440764", "n02100735", "n02119789"));
    assertThat(listing.classes()).containsExactly("n01440764", "n02100735", "n02119789");
    assertThat(listing.splits().get("train"))
        .extracting(s -> s.name() + " " + s.label())
        .containsExactly(
            "n01440764/n01440764_0.JPEG 0",
            "n01440764/n01440764_1.JPEG 0",
            "n01440764/n01440764_2.JPEG 0",
            "n02100735/n02100735_0.JPEG 1",
            "n02119789/n02119789_0.JPEG 2",
            "n02119789/n02119789_1.JPEG 2");
    try (OriginReader reader = new OriginReader(conf)) {
      int[] numbers = {2, 3, 4, 5, 0, 1};
      for (int i = 0; i < numbers.length; i++) {
        assertThat(reader.read(listing.splits().get("train").get(i).origin()))
            .isEqualTo(Archives.image(numbers[i]));
      }
    }
    assertThat(folder.resolve("spill")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"meta.mat", "meta-plain.mat"})
  void validationLabelsComeFromTheDevkit(String meta) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("ILSVRC2012_devkit_t12/data/meta.mat", resource(meta));
    files.put(
        "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt",
        Archives.text("3\n1\n2\n"));
    files.put("ILSVRC2012_devkit_t12/readme.txt", Archives.text("about"));
    Path devkit = Archives.write(folder.resolve("devkit.tar.gz"), Archives.tar(files));
    Listing listing = list(ImageNetLabels.fromDevkit(conf, path(devkit)));
    assertThat(listing.splits().get("validation"))
        .extracting(SampleRef::name)
        .containsExactly(
            "n01440764/ILSVRC2012_val_00000003.JPEG",
            "n02119789/ILSVRC2012_val_00000002.JPEG",
            "n02100735/ILSVRC2012_val_00000001.JPEG");
  }

  @Test
  void validationLabelsComeByFileName() throws IOException {
    Listing listing =
        list(
            text(
                "ILSVRC2012_val_00000002.JPEG n01440764",
                "ILSVRC2012_val_00000001.JPEG,n02119789",
                "ILSVRC2012_val_00000003.JPEG\tn02119789"));
    assertThat(listing.splits().get("validation"))
        .extracting(SampleRef::label)
        .containsExactly(2, 0, 2);
  }

  @Test
  void reportsLabelsThatDoNotFit() {
    assertThatThrownBy(() -> list(text("n01440764")))
        .isInstanceOf(DataException.class)
        .hasMessage("labels.txt: no label for validation image ILSVRC2012_val_00000003.JPEG");
    assertThatThrownBy(() -> list(text("n01440764", "n01440764", "n09999999")))
        .hasMessageContaining("label n09999999 of ILSVRC2012_val_00000003.JPEG is no class");
    assertThatThrownBy(() -> text("65", "970"))
        .hasMessageContaining("line '65' is neither a WordNet id");
    String[] many = {"n01440764", "n01440764", "n01440764", "n01440764"};
    assertThatThrownBy(() -> list(text(many))).hasMessageContaining("has 4 labels");
  }

  @Test
  void reportsADamagedDevkit() throws IOException {
    byte[] meta = resource("meta.mat");
    assertThatThrownBy(() -> DevkitSynsets.read("meta.mat", Arrays.copyOf(meta, 300)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("give the validation labels as a text file with --labels instead");
    assertThatThrownBy(() -> DevkitSynsets.read("meta.mat", Archives.text("no")))
        .isInstanceOf(DataException.class);
  }

  private Listing list(ImageNetLabels labels) throws IOException {
    try (SpillFolder spill = new SpillFolder(conf, path(folder.resolve("spill")))) {
      return new ImageNetImporter(conf).list(path(train), path(val), labels, spill);
    }
  }

  private static ImageNetLabels text(String... lines) {
    return ImageNetLabels.fromLines("labels.txt", List.of(lines));
  }

  private static byte[] synset(String wnid, int first, int count) {
    Map<String, byte[]> images = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      images.put(wnid + "_" + i + ".JPEG", Archives.image(first + i));
    }
    return Archives.tar(images);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = ImageNetImporterTest.class.getResourceAsStream("/prep/" + name)) {
      return in.readAllBytes();
    }
  }

  private static org.apache.hadoop.fs.Path path(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }
}
