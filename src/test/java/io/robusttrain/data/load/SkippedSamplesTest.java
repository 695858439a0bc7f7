package io.robusttrain.data.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import io.robusttrain.data.ParquetFixture;
import io.robusttrain.data.ParquetFixture.Row;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.BadSample;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.transform.ColorJitter;
import io.robusttrain.data.transform.CropPolicy;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.data.transform.StrongAugmentation;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.storage.OddFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three bad samples of 40: a cut image, one whose header asks for 60000 x 60000, and a null. */
class SkippedSamplesTest {
  private static final Configuration CONF = new Configuration(false);
  private static final int SIZE = 16;
  private static final int SAMPLES = 40;
  private static final List<Long> BAD = List.of(3L, 17L, 38L);
  private static final TrainTransform TRAIN =
      new TrainTransform(
          SIZE,
          new CropPolicy.RandomResized(0.08, 1.0, 3.0 / 4.0, 4.0 / 3.0),
          Interpolation.BICUBIC,
          0.5,
          ColorJitter.of(0.4),
          StrongAugmentation.NONE);

  @TempDir(factory = OddFolder.class)
  static Path dir;

  @BeforeAll
  static void write() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      String name = i % 2 == 0 ? "jpeg_420.jpg" : "png_rgba.png";
      rows.add(new Row(TestImages.bytes("/images/" + name), i % 3, "image" + i));
    }
    ParquetFixture.plain(8).write(dir.resolve("good-00000-of-00001.parquet"), rows);
    rows.set(3, new Row(Arrays.copyOf(TestImages.bytes("/images/jpeg_420.jpg"), 700), 0, "cut"));
    rows.set(17, new Row(TestImages.pngClaiming(60_000, 60_000), 2, "bomb"));
    rows.set(38, new Row(null, 1, "none"));
    ParquetFixture.plain(8).write(dir.resolve("bad-00000-of-00001.parquet"), rows);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7})
  void othersStandInForBadSamplesTheSameOnAnyNumberOfExecutors(int window) {
    ImageSet set = open("bad", 1);
    BatchOrder order = order(set, window);
    Map<String, MicroBatch> whole = new TreeMap<>();
    List<BadSample> bad = new ArrayList<>();
    try (TrainLoader one = loader(set, order, new int[] {0, 1, 2, 3}, 2, 2)) {
      collect(order, one, whole, bad);
    }
    Map<String, MicroBatch> parts = new TreeMap<>();
    List<BadSample> badInParts = new ArrayList<>();
    try (TrainLoader first = loader(set, order, new int[] {0, 1}, 1, 0);
        TrainLoader second = loader(set, order, new int[] {2, 3}, 1, 3)) {
      collect(order, first, parts, badInParts);
      collect(order, second, parts, badInParts);
    }
    assertThat(badInParts).containsExactlyInAnyOrderElementsOf(bad);
    assertThat(bad).extracting(BadSample::sampleId).hasSize(6).hasSameElementsAs(BAD);
    assertThat(parts.keySet()).isEqualTo(whole.keySet());
    parts.forEach((key, batch) -> assertSame(batch, whole.get(key)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7})
  void goodSamplesAreLoadedAsIfNoneWereBad(int window) {
    ImageSet set = open("bad", 1);
    ImageSet undisturbed = open("good", 1);
    BatchOrder order = order(set, window);
    Map<String, MicroBatch> found = new TreeMap<>();
    Map<String, MicroBatch> expected = new TreeMap<>();
    try (TrainLoader loader = loader(set, order, new int[] {0, 1, 2, 3}, 2, 1);
        TrainLoader reference = loader(undisturbed, order, new int[] {0, 1, 2, 3}, 2, 1)) {
      collect(order, loader, found, new ArrayList<>());
      collect(order, reference, expected, new ArrayList<>());
    }
    int replaced = 0;
    int bytes = 3 * SIZE * SIZE;
    for (Map.Entry<String, MicroBatch> entry : expected.entrySet()) {
      MicroBatch batch = found.get(entry.getKey());
      assertThat(batch.size()).isEqualTo(entry.getValue().size());
      for (int i = 0; i < batch.size(); i++) {
        long id = entry.getValue().sampleIds()[i];
        if (BAD.contains(id)) {
          replaced++;
          assertThat(batch.sampleIds()[i]).isNotIn(BAD);
          assertThat(batch.labels()[i]).isEqualTo((int) (batch.sampleIds()[i] % 3));
        } else {
          assertThat(batch.sampleIds()[i]).isEqualTo(id);
          assertThat(Arrays.copyOfRange(batch.pixels(), i * bytes, (i + 1) * bytes))
              .isEqualTo(Arrays.copyOfRange(entry.getValue().pixels(), i * bytes, (i + 1) * bytes));
        }
      }
    }
    assertThat(replaced).isEqualTo(6);
  }

  @Test
  void reportsNameFileRowAndReason() {
    ImageSet set = open("bad", 1);
    List<BadSample> bad = new ArrayList<>();
    BatchOrder order = order(set, 0);
    try (TrainLoader loader = loader(set, order, new int[] {0, 1, 2, 3}, 1, 0)) {
      collect(order, loader, new TreeMap<>(), bad);
    }
    BadSample bomb = bad.stream().filter(b -> b.sampleId() == 17).findFirst().orElseThrow();
    assertThat(bomb.rowGroup()).isEqualTo(2);
    assertThat(bomb.row()).isEqualTo(1);
    assertThat(bomb.split()).isEqualTo("bad");
    assertThat(bomb.file()).endsWith("bad-00000-of-00001.parquet");
    assertThat(bomb.problem())
        .contains("sample 17 (bomb)", "row 1 of row group 2", "60000x60000", "decompression bomb");
    assertThat(bad)
        .filteredOn(b -> b.sampleId() == 38)
        .allSatisfy(b -> assertThat(b.problem()).contains("has no image bytes"));
  }

  @Test
  void evaluationLeavesBadSamplesOut() {
    ImageSet set = open("bad", 1);
    EvalTransform transform = new EvalTransform(SIZE, 0.875, Interpolation.BICUBIC);
    try (EvalLoader loader = new EvalLoader(set, CONF, transform, 6, new int[] {0, 2, 6}, 2, 1);
        EvalLoader reference =
            new EvalLoader(open("good", 1), CONF, transform, 6, new int[] {0, 2, 6}, 2, 1)) {
      EvalUnit first = loader.next();
      assertThat(first.sampleIds()).containsExactly(0, 1, 2, 4, 5);
      assertThat(first.labels()).containsExactly(0, 1, 2, 1, 2);
      assertThat(first.bad()).extracting(BadSample::sampleId).containsExactly(3L);
      byte[] whole = reference.next().pixels();
      int bytes = 3 * SIZE * SIZE;
      assertThat(Arrays.copyOfRange(first.pixels(), 3 * bytes, 5 * bytes))
          .isEqualTo(Arrays.copyOfRange(whole, 4 * bytes, 6 * bytes));
      assertThat(loader.next().sampleIds()).containsExactly(12, 13, 14, 15, 16);
      assertThat(loader.next().sampleIds()).containsExactly(36, 37, 39);
    }
  }

  @Test
  void moreBadSamplesThanAcceptedAreRefused() {
    assertThat(SampleRules.STRICT.allowed(1000)).isZero();
    assertThat(rules(0.001).allowed(72)).isEqualTo(1);
    assertThat(rules(0.5).allowed(72)).isEqualTo(36);
    // Only one of the three shows when the encoded images are read.
    ImageSet set = open("bad", 0);
    BatchOrder order = order(set, 0);
    assertThatThrownBy(() -> loader(set, order, new int[] {0}, 1, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "1 samples of 40 are bad", "data.max-skipped = 0.0 accepts 0", "has no image bytes");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7})
  void imagesWithTooManyEncodedBytesAreBad(int window) {
    SampleRules small = new SampleRules(SampleRules.OnError.FAIL, 0, 1_000_000, 100);
    ImageSet set = ImageSet.open(CONF, dir.toString(), "good").with(small);
    BatchOrder order = order(set, window);
    assertThatThrownBy(
            () -> {
              try (TrainLoader loader = loader(set, order, new int[] {0}, 1, 0)) {
                loader.load(0, 0);
              }
            })
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "encoded bytes, more than the limit of 100 (data.max-encoded-bytes", "row");
  }

  private static void collect(
      BatchOrder order, TrainLoader loader, Map<String, MicroBatch> into, List<BadSample> bad) {
    for (long epoch = 0; epoch < 2; epoch++) {
      for (int step = 0; step < order.stepsPerEpoch(); step++) {
        StepSamples samples = loader.load(epoch, step);
        bad.addAll(samples.bad());
        for (MicroBatch batch : samples.microBatches()) {
          into.put(epoch + "/" + step + "/" + batch.lane(), batch);
        }
      }
    }
  }

  private static void assertSame(MicroBatch found, MicroBatch expected) {
    assertThat(found.sampleIds()).isEqualTo(expected.sampleIds());
    assertThat(found.labels()).isEqualTo(expected.labels());
    assertThat(found.pixels()).isEqualTo(expected.pixels());
  }

  private static TrainLoader loader(
      ImageSet set, BatchOrder order, int[] lanes, int threads, int prefetch) {
    return new TrainLoader(
        set, CONF, new AugmentedOrder(order, TRAIN, 42), lanes, threads, prefetch);
  }

  private static BatchOrder order(ImageSet set, int window) {
    ShuffleMode mode = window == 0 ? new ShuffleMode.Full() : new ShuffleMode.Blocks(window);
    return BatchOrder.of(set, 11, 3, 42, mode, LastBatch.KEEP);
  }

  private static ImageSet open(String split, double maxSkipped) {
    return ImageSet.open(CONF, dir.toString(), split).with(rules(maxSkipped));
  }

  private static SampleRules rules(double maxSkipped) {
    return new SampleRules(SampleRules.OnError.SKIP, maxSkipped, 178_956_970, 128_000_000);
  }
}
