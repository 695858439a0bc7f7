package io.robusttrain.data.prep.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.ImageDecoder;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarImporterTest {
  private final Configuration conf = new Configuration();

  @TempDir(factory = OddFolder.class)
  private Path folder;

  @Test
  void pixelsOfTheArchiveComeBackExactly() throws IOException {
    byte[] batch = records(1, 3);
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("cifar-10-batches-bin/data_batch_1.bin", batch);
    entries.put("cifar-10-batches-bin/batches.meta.txt", Archives.text("airplane\ncar\nbird\n\n"));
    entries.put("cifar-10-batches-bin/readme.html", Archives.text("about"));
    entries.put("cifar-10-batches-bin/test_batch.bin", records(1, 1));
    Path file = Archives.write(folder.resolve("cifar-10-binary.tar.gz"), Archives.tar(entries));
    Listing listing = list(file, CifarImporter.Dataset.CIFAR10);
    assertThat(listing.classes()).containsExactly("airplane", "car", "bird");
    assertThat(listing.splits().get("test")).hasSize(1);
    assertThat(listing.splits().get("train"))
        .extracting(SampleRef::name)
        .containsExactly(
            "airplane/data_batch_1_00000.png",
            "car/data_batch_1_00001.png",
            "bird/data_batch_1_00002.png");
    try (OriginReader reader = new OriginReader(conf)) {
      byte[] png = reader.read(listing.splits().get("train").get(2).origin());
      byte[] rgb = ImageDecoder.decode(png, ImageDecoder.DEFAULT_PIXEL_LIMIT).samples();
      for (int i = 0; i < 1024; i++) {
        for (int c = 0; c < 3; c++) {
          assertThat(rgb[3 * i + c]).isEqualTo(batch[2 * 3073 + 1 + c * 1024 + i]);
        }
      }
    }
  }

  @Test
  void cifar100TakesFineLabelsFromAFolder() throws IOException {
    Files.write(folder.resolve("train.bin"), records(2, 3));
    Files.write(folder.resolve("test.bin"), records(2, 2));
    Files.writeString(folder.resolve("fine_label_names.txt"), "apple\nfish\nbaby\n");
    Files.writeString(folder.resolve("coarse_label_names.txt"), "fruit\n");
    Listing listing = list(folder, CifarImporter.Dataset.CIFAR100);
    assertThat(listing.splits().get("train")).extracting(SampleRef::label).containsExactly(0, 1, 2);
  }

  @Test
  void reportsFilesOfTheWrongShape() throws IOException {
    Files.writeString(folder.resolve("batches.meta.txt"), "airplane\ncar\n");
    assertThatThrownBy(() -> list(folder, CifarImporter.Dataset.CIFAR10))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("not the binary version of CIFAR10");
    Files.write(folder.resolve("data_batch_1.bin"), Arrays.copyOf(records(1, 2), 5000));
    assertThatThrownBy(() -> list(folder, CifarImporter.Dataset.CIFAR10))
        .hasMessageContaining("data_batch_1.bin has 5000 bytes, no multiple of the 3073");
    Files.write(folder.resolve("data_batch_1.bin"), records(1, 3));
    assertThatThrownBy(() -> list(folder, CifarImporter.Dataset.CIFAR10))
        .hasMessageContaining("record 2 has label 2, but batches.meta.txt names 2 classes");
  }

  private Listing list(Path input, CifarImporter.Dataset dataset) throws IOException {
    try (SpillFolder spill =
        new SpillFolder(conf, new org.apache.hadoop.fs.Path(folder.resolve("spill").toUri()))) {
      return new CifarImporter(conf, dataset)
          .list(new org.apache.hadoop.fs.Path(input.toUri()), spill);
    }
  }

  /** Records with labels 0, 1, 2 ... and random pixels. */
  private static byte[] records(int labelBytes, int count) {
    byte[] bytes = new byte[count * (labelBytes + 3072)];
    new Random(3).nextBytes(bytes);
    for (int i = 0; i < count; i++) {
      bytes[i * (labelBytes + 3072) + labelBytes - 1] = (byte) i;
    }
    return bytes;
  }
}
