package io.robusttrain.data.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import io.robusttrain.data.ParquetFixture;
import io.robusttrain.data.ParquetFixture.Row;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.storage.OddFolder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

public class ImageSetTest {
  private static final Configuration CONF = new Configuration(false);
  private static final ImageColumns CIFAR = new ImageColumns("img", "fine_label");

  @TempDir(factory = OddFolder.class)
  Path dir;

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"})
  void readsAllRowsOfEveryCodec(CompressionCodecName codec) {
    new ParquetFixture(ParquetFixture.OPTIONAL, codec, Map.of(), 4)
        .write(dir.resolve("train-00000-of-00001.parquet"), rows(0, 11));
    assertReadsBack(open("train"), 11);
  }

  /** At its footer: a run must not meet them at its first page, on an executor. */
  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"BROTLI", "LZ4_RAW", "LZ4", "LZO"})
  void saysWhichCodecsItCannotRead(CompressionCodecName codec) throws IOException {
    Path file = dir.resolve("train-00000-of-00001.parquet");
    ParquetFixture.writeFooter(file, codec);
    assertThatThrownBy(() -> open("train"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "file:%s: compressed with %s, which is not read here; write the file again with snappy, zstd, gzip or uncompressed pages",
            file, codec);
  }

  @Test
  void findsImagesUnderTheirShortName() {
    cifar().write(dir.resolve("train-00000-of-00001.parquet"), rows(0, 11));
    ImageColumns found = new ImageColumns("image", "fine_label");
    ImageSet set = ImageSet.open(CONF, dir.toString(), "train", found);
    assertReadsBack(set, 11);
    assertThat(set.classNames()).containsExactly("apple", "bear", "cup");
    assertThat(set.unusualColumns())
        .hasValue("images from column img, labels from column fine_label");
    ImageSet named = ImageSet.open(CONF, dir.toString(), "train", CIFAR);
    assertReadsBack(named, 11);
    assertThat(named.fingerprint()).isEqualTo(set.fingerprint());
    ImageSet coarse =
        ImageSet.open(CONF, dir.toString(), "train", new ImageColumns("img", "coarse_label"));
    assertThat(coarse.classNames()).containsExactly("fruit", "mammal");
    assertThat(coarse.fingerprint()).isNotEqualTo(set.fingerprint());
  }

  @Test
  void takesTheShortNameOnlyWhereTheUsualOneIsMissing() {
    String both =
        """
        message images {
          optional group img { optional binary bytes; }
          optional group image { optional binary bytes; optional binary path (UTF8); }
          optional int64 label;
        }""";
    new ParquetFixture(both, CompressionCodecName.SNAPPY, Map.of(), 4)
        .write(dir.resolve("train-00000-of-00001.parquet"), rows(0, 11));
    assertReadsBack(open("train"), 11);
    assertThat(open("train").unusualColumns()).isEmpty();
    ImageSet other = ImageSet.open(CONF, dir.toString(), "train", new ImageColumns("img", "label"));
    assertFails(() -> new SampleCursor(CONF, other).read(0), "has no image bytes");
  }

  @Test
  void saysHowToNameTheColumns() {
    cifar().write(dir.resolve("train-00000-of-00001.parquet"), rows(0, 11));
    assertFails(
        () -> open("train"),
        "column label is missing; found the columns {img: struct<bytes: binary, path: binary>, fine_label: int64, coarse_label: int64}",
        "needed are img: struct<bytes: binary, path: string> and label: int64",
        "data.image-column and data.label-column",
        "--image-column and --label-column");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {ParquetFixture.OPTIONAL, ParquetFixture.REQUIRED, ParquetFixture.WITHOUT_PATH})
  void readsEveryVariantOfTheColumns(String schema) {
    new ParquetFixture(schema, CompressionCodecName.SNAPPY, Map.of(), 4)
        .write(dir.resolve("train-00000-of-00001.parquet"), rows(0, 11));
    assertReadsBack(open("train"), 11);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train-0000%d-of-00002.parquet",
        "data/train-0000%d-of-00002-0123abcd.parquet",
        "train/%d.parquet",
        "train/part-0000%d.parquet"
      })
  void findsASplitByItsFileNames(String pattern) {
    ParquetFixture.plain(4).write(dir.resolve(pattern.formatted(0)), rows(0, 5));
    ParquetFixture.plain(4).write(dir.resolve(pattern.formatted(1)), rows(5, 6));
    String other = pattern.formatted(0).replace("train", "validation");
    ParquetFixture.plain(4).write(dir.resolve(other), rows(0, 3));
    ImageSet set = open("train");
    assertReadsBack(set, 11);
    assertThat(set.blocks()).extracting(Block::rows).containsExactly(4, 1, 4, 2);
    assertThat(set.blocks()).extracting(Block::firstSample).containsExactly(0L, 4L, 5L, 9L);
    assertThat(open("validation").sampleCount()).isEqualTo(3);
  }

  @Test
  void takesAListOfFiles() {
    ParquetFixture.plain(4).write(dir.resolve("train-00000-of-00002.parquet"), rows(0, 5));
    ParquetFixture.plain(4).write(dir.resolve("train-00001-of-00002.parquet"), rows(5, 6));
    String list =
        dir.resolve("train-00000-of-00002.parquet")
            + ", "
            + dir.resolve("train-00001-of-00002.parquet");
    assertReadsBack(ImageSet.open(CONF, list, "train"), 11);
  }

  /** Also where it would be a pattern or a list, and beside what that pattern means. */
  @ParameterizedTest
  @ValueSource(strings = {"[x]", "{a,b}", "a*", "{a", "x, y"})
  void takesANameThatIsThereAsItIs(String name) throws IOException {
    for (String decoy : List.of("x", "ab")) {
      ParquetFixture.plain(4).write(dir.resolve(decoy + "/train.parquet"), rows(0, 3));
    }
    Path set = dir.resolve(name);
    ParquetFixture.plain(4).write(set.resolve("train.parquet"), rows(0, 11));
    assertReadsBack(ImageSet.open(CONF, set.toString(), "train"), 11);
    assertReadsBack(ImageSet.open(CONF, set + "/train.parquet", "train"), 11);
    Files.writeString(
        set.resolve("dataset.json"),
        """
        {"format": "robusttrain-dataset", "version": 1, "classes": ["a", "b", "c"],
         "splits": {"train": {"samples": 11, "shards": [{"file": "train.parquet"}]}}}""");
    ImageSet prepared = ImageSet.open(CONF, set.toString(), "train");
    assertReadsBack(prepared, 11);
    assertThat(prepared.classNames()).containsExactly("a", "b", "c");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "@/{one,two}|8",
        "@/{one,two},@/t*/*.parquet|14",
        "@/t?o , @/{one,three}|11",
      })
  void aNameThatIsNotThereIsAGlobOrAList(String names, int count) {
    ParquetFixture.plain(4).write(dir.resolve("one/train.parquet"), rows(0, 5));
    ParquetFixture.plain(4).write(dir.resolve("two/train.parquet"), rows(5, 3));
    ParquetFixture.plain(4).write(dir.resolve("three/train.parquet"), rows(8, 3));
    // The folder's own name would be a glob, too.
    String folder = dir.toString().replaceAll("[\\[\\]{}]", "?");
    ImageSet set = ImageSet.open(CONF, names.replace("@", folder), "train");
    assertThat(set.sampleCount()).isEqualTo(count);
  }

  @Test
  void namesTheMissingOneOfAList() {
    ParquetFixture.plain(4).write(dir.resolve("a/train.parquet"), rows(0, 5));
    assertThatThrownBy(() -> ImageSet.open(CONF, dir + "/a, none, c", "train"))
        .isInstanceOf(DataException.class)
        .hasMessage("none, c does not exist, nor does none; check the path of the data set");
    assertThatThrownBy(() -> ImageSet.open(CONF, dir + "/a, none", "train"))
        .isInstanceOf(DataException.class)
        .hasMessage("none does not exist; check the path of the data set");
    assertThatThrownBy(() -> ImageSet.open(CONF, dir + "/a,[b", "train"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "[b does not exist, which is no glob either (Illegal file pattern: ")
        .hasMessageEndingWith("; check the path of the data set");
    assertThatThrownBy(() -> ImageSet.open(CONF, dir + "/a,b:c", "train"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("Relative path in absolute URI: b:c");
  }

  @Test
  void takesClassNamesFromHuggingFaceMetadata() {
    String json =
        """
        {"info": {"features": {"image": {"_type": "Image"},
          "label": {"names": ["cat", "dog", "fox", "owl"], "_type": "ClassLabel"}}}}""";
    new ParquetFixture(
            ParquetFixture.OPTIONAL, CompressionCodecName.SNAPPY, Map.of("huggingface", json), 4)
        .write(dir.resolve("test-00000-of-00001.parquet"), rows(0, 5));
    assertThat(open("test").classNames()).containsExactly("cat", "dog", "fox", "owl");
  }

  @Test
  void numbersClassesWithoutMetadata() {
    ParquetFixture.plain(4).write(dir.resolve("test-00000-of-00001.parquet"), rows(0, 5));
    assertThat(open("test").classNames()).containsExactly("0", "1", "2");
  }

  @Test
  void readsAPreparedSet() throws Exception {
    prepared(11, 11, 0);
    ImageSet set = open("train");
    assertReadsBack(set, 11);
    assertThat(set.classNames()).containsExactly("dress", "hat", "shirt", "shoes");
    assertThat(set.encodedBytes()).isBetween(11L * 7, 11L * 7 + 3 * 100); // and page headers
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anExecutorFindsTheFilesOfARelativePath(boolean described) throws Exception {
    prepared(11, 11, 0);
    if (!described) {
      Files.delete(dir.resolve("dataset.json"));
    }
    Path relative = Path.of("").toAbsolutePath().relativize(dir.toAbsolutePath());
    ImageSet set = ImageSet.open(CONF, relative.toString(), "train");
    assertReadsBack(set, 11);
    assertThat(set.blocks())
        .allSatisfy(
            block ->
                assertThat(block.file()).isEqualTo("file:" + dir + "/train/part-00000.parquet"));
  }

  @Test
  void survivesSerialisation() throws Exception {
    prepared(11, 11, 0);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(open("train"));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertReadsBack((ImageSet) in.readObject(), 11);
    }
  }

  @Test
  void namesWhatIsMissing() throws Exception {
    assertFails(() -> ImageSet.open(CONF, dir + "/none", "train"), "/none does not exist");
    assertFails(() -> open("train"), "neither a dataset.json nor Parquet files");
    prepared(11, 11, 0);
    assertFails(() -> open("test"), "has no split 'test'; it has train");
    Files.delete(dir.resolve("train/part-00000.parquet"));
    assertFails(() -> open("train"), "part-00000.parquet, listed in");
  }

  @Test
  void namesTheSplitsThatAreThere() {
    ParquetFixture.plain(4).write(dir.resolve("train-00000-of-00001.parquet"), rows(0, 5));
    ParquetFixture.plain(4).write(dir.resolve("validation-00000-of-00001.parquet"), rows(0, 5));
    assertFails(() -> open("val"), "has no split 'val'; it has train, validation");
  }

  @Test
  void noticesAShardCutShort() throws Exception {
    prepared(11, 11, 0);
    Path shard = dir.resolve("train/part-00000.parquet");
    byte[] whole = Files.readAllBytes(shard);
    Files.write(shard, Arrays.copyOf(whole, whole.length - 30));
    assertFails(() -> open("train"), "part-00000.parquet has", "cut short");
    Files.delete(dir.resolve("dataset.json"));
    assertFails(() -> open("train"), "part-00000.parquet", "cut short");
    Files.write(shard, new byte[0]);
    assertFails(() -> open("train"), "part-00000.parquet", "cut short");
  }

  @Test
  void noticesDamagedPages() throws Exception {
    Path file = dir.resolve("train-00000-of-00001.parquet");
    ParquetFixture.plain(4).write(file, rows(0, 11));
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, 4, 200, (byte) 0x5a);
    Files.write(file, bytes);
    ImageSet set = open("train"); // the footer is whole
    assertFails(
        () -> new SampleCursor(CONF, set).read(0), "train-00000-of-00001", "row group 0 cannot");
  }

  @Test
  void comparesCountsWithTheDescription() throws Exception {
    prepared(12, 11, 0);
    assertFails(() -> open("train"), "part-00000.parquet has 11 samples", "states 12");
    prepared(11, 12, 0);
    assertFails(() -> open("train"), "states 12 samples", "have 11");
  }

  @Test
  void refusesLabelsOutsideTheClasses() throws Exception {
    prepared(11, 11, 2); // labels 2, 3, 4 with four classes
    assertFails(() -> open("train"), "part-00000.parquet", "2 to 4", "4 classes (0 to 3)");
  }

  @Test
  void refusesZeroImages() {
    ParquetFixture.plain(4).write(dir.resolve("train-00000-of-00001.parquet"), List.of());
    assertFails(() -> open("train"), "zero images");
  }

  @Test
  void saysWhichColumnsWereFound() {
    String schema =
        """
        message images {
          optional group image { optional binary bytes; }
          optional binary label (UTF8);
        }""";
    new ParquetFixture(schema, CompressionCodecName.SNAPPY, Map.of(), 4)
        .write(dir.resolve("train-00000-of-00001.parquet"), List.of());
    assertFails(
        () -> open("train"),
        "column label is no integer",
        "{image: struct<bytes: binary>, label: binary}");
  }

  @Test
  void turnsImagesUprightIfTheRulesSaySo() {
    byte[] lying = TestImages.bytes("/images/jpeg_exif6.jpg");
    ParquetFixture.plain(4)
        .write(dir.resolve("train-00000-of-00001.parquet"), List.of(Row.of(lying, 0)));
    ImageSet set = open("train");
    RgbImage stored = new SampleCursor(CONF, set).read(0).decode(set.rules());
    ImageSet upright = set.with(SampleRules.STRICT.with(ExifOrientation.APPLY));
    RgbImage seen = new SampleCursor(CONF, upright).read(0).decode(upright.rules());
    assertThat(seen.width()).isEqualTo(stored.height()).isNotEqualTo(stored.width());
    assertThat(seen.height()).isEqualTo(stored.width());
  }

  @Test
  void namesRowsWithoutImageOrLabel() {
    List<Row> rows = new ArrayList<>(rows(0, 6));
    rows.set(5, new Row(null, 1, ""));
    rows.set(2, new Row(new byte[3], null, ""));
    ParquetFixture.plain(4).write(dir.resolve("train-00000-of-00001.parquet"), rows);
    SampleCursor cursor = new SampleCursor(CONF, open("train"));
    assertFails(() -> cursor.read(2), "row 2 of row group 0 has no label");
    assertFails(() -> cursor.read(5), "row 1 of row group 1 has no image bytes");
    assertThat(cursor.read(4).label()).isEqualTo(1);
  }

  /** Columns and class names as in CIFAR-100 of the Hugging Face hub. */
  private static ParquetFixture cifar() {
    String schema =
        """
        message images {
          optional group img { optional binary bytes; optional binary path (UTF8); }
          optional int64 fine_label;
          optional int64 coarse_label;
        }""";
    String names =
        """
        {"info": {"features": {
          "fine_label": {"names": ["apple", "bear", "cup"], "_type": "ClassLabel"},
          "coarse_label": {"names": ["fruit", "mammal"], "_type": "ClassLabel"}}}}""";
    return new ParquetFixture(
        schema, CompressionCodecName.ZSTD, Map.of("huggingface", names), 4, CIFAR);
  }

  private ImageSet open(String split) {
    return ImageSet.open(CONF, dir.toString(), split);
  }

  private void prepared(int shardSamples, int splitSamples, int labelOffset) throws IOException {
    List<Row> rows =
        rows(0, 11).stream()
            .map(row -> new Row(row.image(), row.label() + labelOffset, row.path()))
            .toList();
    Path shard = dir.resolve("train/part-00000.parquet");
    Files.deleteIfExists(shard);
    ParquetFixture.plain(4).write(shard, rows);
    Files.writeString(
        dir.resolve("dataset.json"),
        """
        {"format": "robusttrain-dataset", "version": 1,
         "classes": ["dress", "hat", "shirt", "shoes"],
         "splits": {"train": {"samples": %d, "shards": [
           {"file": "train/part-00000.parquet", "samples": %d, "bytes": %d}]}}}"""
            .formatted(splitSamples, shardSamples, Files.size(shard)));
  }

  /** Row i holds seven bytes of value i and the label i % 3. */
  private static List<Row> rows(int first, int count) {
    List<Row> rows = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      byte[] bytes = new byte[7];
      Arrays.fill(bytes, (byte) i);
      rows.add(Row.of(bytes, i % 3));
    }
    return rows;
  }

  private static void assertReadsBack(ImageSet set, int count) {
    assertThat(set.sampleCount()).isEqualTo(count);
    SampleCursor cursor = new SampleCursor(CONF, set);
    int[] jumps = {0, 1, 2, 5, 6, 10, 3, 9, 9, 8};
    for (int id : jumps) {
      EncodedImage image = cursor.read(id);
      assertThat(image.sampleId()).isEqualTo(id);
      assertThat(image.label()).isEqualTo(id % 3);
      assertThat(image.encoded()).hasSize(7).containsOnly(id);
      assertThat(image.path()).isIn("", "class" + id % 3 + "/x.jpg");
    }
  }

  private static void assertFails(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call).isInstanceOf(DataException.class).hasMessageContainingAll(parts);
  }
}
