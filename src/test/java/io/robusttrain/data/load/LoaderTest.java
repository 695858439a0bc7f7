package io.robusttrain.data.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import io.robusttrain.data.ParquetFixture;
import io.robusttrain.data.ParquetFixture.Row;
import io.robusttrain.data.image.ImageDecoder;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.AugmentationPolicy;
import io.robusttrain.data.transform.ColorJitter;
import io.robusttrain.data.transform.CropPolicy;
import io.robusttrain.data.transform.ErasingNoise;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.data.transform.RandomErasing;
import io.robusttrain.data.transform.StrongAugmentation;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.schedule.StrengthWarmup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoaderTest {
  private static final Configuration CONF = new Configuration(false);
  private static final int SAMPLES = 41;
  private static final int SIZE = 16;
  private static final long SEED = 42;
  private static final TrainTransform TRAIN =
      new TrainTransform(
          SIZE,
          new CropPolicy.RandomResized(0.08, 1.0, 3.0 / 4.0, 4.0 / 3.0),
          Interpolation.BICUBIC,
          0.5,
          ColorJitter.of(0.4),
          StrongAugmentation.NONE);
  private static final EvalTransform EVAL = new EvalTransform(SIZE, 0.875, Interpolation.BICUBIC);

  @TempDir static Path dir;

  @BeforeAll
  static void write() {
    String[] names = {"jpeg_420.jpg", "png_rgba.png", "webp_lossy.webp", "jpeg_cmyk.jpg"};
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      rows.add(Row.of(TestImages.bytes("/images/" + names[i % names.length]), i % 3));
    }
    ParquetFixture.plain(5).write(dir.resolve("train-00000-of-00002.parquet"), rows.subList(0, 23));
    ParquetFixture.plain(5)
        .write(dir.resolve("train-00001-of-00002.parquet"), rows.subList(23, SAMPLES));
    List<Row> broken = new ArrayList<>(rows.subList(0, 6));
    broken.set(4, new Row(Arrays.copyOf(rows.get(0).image(), 700), 1, "dress/torn.jpg"));
    ParquetFixture.plain(5).write(dir.resolve("broken-00000-of-00001.parquet"), broken);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 100})
  void twoExecutorsLoadWhatOneLoads(int window) {
    BatchOrder order = order(window);
    Map<String, MicroBatch> whole = new HashMap<>();
    try (TrainLoader one = loader(order, new int[] {0, 1, 2, 3}, 2, 2)) {
      collect(order, one, whole);
    }
    Map<String, MicroBatch> parts = new HashMap<>();
    try (TrainLoader first = loader(order, new int[] {0, 1}, 1, 0);
        TrainLoader second = loader(order, new int[] {2, 3}, 1, 3)) {
      collect(order, first, parts);
      collect(order, second, parts);
    }
    assertThat(parts).hasSameSizeAs(whole);
    parts.forEach((key, batch) -> assertSame(batch, whole.get(key)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7})
  void anEpochLoadsEachSampleOnceWithItsLabel(int window) {
    BatchOrder order = order(window);
    boolean[] seen = new boolean[SAMPLES];
    try (TrainLoader loader = loader(order, new int[] {0, 1, 2, 3}, 2, 2)) {
      for (int step = 0; step < order.stepsPerEpoch(); step++) {
        int sum = 0;
        StepSamples samples = loader.load(1, step);
        assertThat(samples.epoch()).isEqualTo(1);
        assertThat(samples.step()).isEqualTo(step);
        for (MicroBatch batch : samples.microBatches()) {
          assertThat(batch.pixels()).hasSize(batch.size() * 3 * SIZE * SIZE);
          for (int i = 0; i < batch.size(); i++) {
            int id = (int) batch.sampleIds()[i];
            assertThat(seen[id]).isFalse();
            seen[id] = true;
            assertThat(batch.labels()[i]).isEqualTo(id % 3);
          }
          sum += batch.size();
        }
        assertThat(sum).isEqualTo(order.samplesInStep(step));
      }
    }
    assertThat(seen).containsOnly(true);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7})
  void repeatsOfASampleAreAugmentedAnew(int window) {
    BatchOrder order = order(window).withRepeats(3);
    Map<Long, Set<String>> versions = new HashMap<>();
    int count = 0;
    try (TrainLoader loader = loader(order, new int[] {0, 1, 2, 3}, 2, 2)) {
      for (int step = 0; step < order.stepsPerEpoch(); step++) {
        for (MicroBatch batch : loader.load(1, step).microBatches()) {
          for (int i = 0; i < batch.size(); i++) {
            int bytes = 3 * SIZE * SIZE;
            byte[] one = Arrays.copyOfRange(batch.pixels(), i * bytes, (i + 1) * bytes);
            versions
                .computeIfAbsent(batch.sampleIds()[i], id -> new HashSet<>())
                .add(Arrays.toString(one));
            count++;
          }
        }
      }
    }
    assertThat(count).isEqualTo(SAMPLES);
    assertThat(versions.values().stream().mapToInt(Set::size).sum()).isEqualTo(SAMPLES);
    assertThat(versions).hasSizeBetween(14, 17);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7})
  void seekingGivesWhatSteppingGives(int window) {
    BatchOrder order = order(window);
    try (TrainLoader straight = loader(order, new int[] {1, 3}, 1, 2);
        TrainLoader jumping = loader(order, new int[] {1, 3}, 1, 2)) {
      StepSamples late = jumping.load(1, 3);
      StepSamples early = jumping.load(0, 2);
      StepSamples again = jumping.load(0, 2);
      for (long epoch = 0; epoch < 2; epoch++) {
        for (int step = 0; step < order.stepsPerEpoch(); step++) {
          StepSamples found = straight.load(epoch, step);
          if (epoch == 1 && step == 3) {
            assertSame(late.microBatches().get(1), found.microBatches().get(1));
          }
          if (epoch == 0 && step == 2) {
            assertSame(early.microBatches().get(0), found.microBatches().get(0));
            assertSame(again.microBatches().get(1), found.microBatches().get(1));
          }
        }
      }
    }
  }

  @Test
  void augmentationChangesFromEpochToEpoch() {
    BatchOrder order =
        new BatchOrder(rows(), SAMPLES, SAMPLES, SEED, new ShuffleMode.Full(), LastBatch.KEEP);
    try (TrainLoader loader = loader(order, new int[] {0}, 2, 0)) {
      byte[] first = pixelsOf(loader.load(0, 0).microBatches().get(0), 0);
      byte[] second = pixelsOf(loader.load(1, 0).microBatches().get(0), 0);
      byte[] other = pixelsOf(loader.load(0, 0).microBatches().get(0), 4); // the same image
      assertThat(second).isNotEqualTo(first);
      assertThat(other).isNotEqualTo(first);
    }
  }

  @Test
  void strengthGrowsByTheRunsEpochsWhateverTheRoundsOfTheLoader() {
    BatchOrder order = order(0);
    int round = order.stepsPerEpoch();
    TrainTransform growing = erasing(new StrengthWarmup(3));
    Map<String, MicroBatch> slow = new HashMap<>();
    Map<String, MicroBatch> weak = new HashMap<>();
    Map<String, MicroBatch> full = new HashMap<>();
    try (TrainLoader long5 = loader(order, growing, 5 * round);
        TrainLoader fixed = loader(order, growing.atEpoch(0), round);
        TrainLoader strong = loader(order, growing.atEpoch(2), round)) {
      collect(order, long5, slow);
      collect(order, fixed, weak);
      collect(order, strong, full);
    }
    weak.forEach((key, batch) -> assertSame(slow.get(key), batch));
    assertThat(full.get("1/0/0").pixels()).isNotEqualTo(weak.get("1/0/0").pixels());
    try (TrainLoader quick = loader(order, growing, 1);
        TrainLoader strong = loader(order, growing.atEpoch(2), round)) {
      assertSame(quick.load(0, 2).microBatches().get(0), strong.load(0, 2).microBatches().get(0));
    }
  }

  private static TrainTransform erasing(StrengthWarmup warmup) {
    return new TrainTransform(
        SIZE,
        new CropPolicy.RandomResized(0.08, 1.0, 3.0 / 4.0, 4.0 / 3.0),
        Interpolation.BICUBIC,
        0.5,
        ColorJitter.of(0),
        new StrongAugmentation(
            0,
            new AugmentationPolicy.None(),
            0,
            new RandomErasing(1, RandomErasing.Mode.PIXEL, 1, new ErasingNoise.UnitInterval()),
            warmup));
  }

  private static TrainLoader loader(BatchOrder order, TrainTransform transform, int epochSteps) {
    return new TrainLoader(
        open("train"),
        CONF,
        new AugmentedOrder(order, transform, SEED, epochSteps),
        new int[] {0},
        1,
        0);
  }

  @Test
  void loadersOfOneProcessShareTheEncodedSamples() {
    BatchOrder order = order(0);
    ImageSet set = open("train");
    try (WorkerPool pool = new WorkerPool(1, "shared")) {
      EncodedStore shared = EncodedStore.acquire(CONF, set, pool);
      TrainLoader first = loader(order, new int[] {0}, 1, 0);
      TrainLoader second = loader(order, new int[] {1}, 1, 0);
      shared.close();
      first.close();
      first.close(); // closing twice gives up one share only
      EncodedStore held = EncodedStore.acquire(CONF, set, pool);
      assertThat(held).isSameAs(shared);
      held.close();
      assertThat(second.load(0, 0).microBatches()).hasSize(1);
      second.close();
      EncodedStore anew = EncodedStore.acquire(CONF, set, pool);
      assertThat(anew).isNotSameAs(shared);
      anew.close();
    }
  }

  @Test
  void evaluationUnitsAreFixedAndInOrder() {
    ImageSet set = open("train");
    assertThat(EvalLoader.unitCount(set, 6)).isEqualTo(7);
    Map<Integer, EvalUnit> units = new HashMap<>();
    for (int[] share : new int[][] {{0, 1, 2, 3, 4, 5, 6}, {1, 4}, {6}}) {
      try (EvalLoader loader = new EvalLoader(set, CONF, EVAL, 6, share, 2, 2)) {
        for (int unit : share) {
          assertThat(loader.hasNext()).isTrue();
          EvalUnit found = loader.next();
          assertThat(found.unit()).isEqualTo(unit);
          EvalUnit earlier = units.putIfAbsent(unit, found);
          if (earlier != null) {
            assertThat(found.pixels()).isEqualTo(earlier.pixels());
            assertThat(found.labels()).isEqualTo(earlier.labels());
          }
        }
        assertThat(loader.hasNext()).isFalse();
      }
    }
    for (int id = 0; id < SAMPLES; id++) {
      EvalUnit unit = units.get(id / 6);
      assertThat(unit.sampleIds()[id % 6]).isEqualTo(id);
      assertThat(unit.labels()[id % 6]).isEqualTo(id % 3);
    }
    assertThat(units.get(6).size()).isEqualTo(5);
  }

  @Test
  void evaluationPixelsAreTheTransformsOutput() {
    byte[] expected = new byte[3 * SIZE * SIZE];
    EVAL.apply(
        ImageDecoder.decode(
            TestImages.bytes("/images/png_rgba.png"), ImageDecoder.DEFAULT_PIXEL_LIMIT),
        expected,
        0);
    try (EvalLoader loader = new EvalLoader(open("train"), CONF, EVAL, 1, new int[] {1, 5}, 1, 0)) {
      assertThat(loader.next().pixels()).isEqualTo(expected);
      assertThat(loader.next().pixels()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void aBrokenImageFailsWithItsPathRowAndReason(int window) {
    ImageSet set = open("broken");
    BatchOrder order = BatchOrder.of(set, 6, 6, SEED, mode(window), LastBatch.KEEP);
    try (TrainLoader loader =
        new TrainLoader(set, CONF, new AugmentedOrder(order, TRAIN, 1), new int[] {0}, 2, 1)) {
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> loader.load(0, 0))
            .isInstanceOf(DataException.class)
            .hasMessageContainingAll(
                "sample 4 (dress/torn.jpg)",
                "broken-00000-of-00001.parquet",
                "JPEG image of 45x37 pixels (700 bytes) is cut short",
                "on-bad-image");
      }
    }
  }

  @Test
  void anOrderOfAnotherSetIsRefused() {
    BatchOrder order = new BatchOrder(List.of(3), 1, 1, 0, new ShuffleMode.Full(), LastBatch.KEEP);
    assertThatThrownBy(() -> loader(order, new int[] {0}, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 samples, the set has 41");
  }

  private static void collect(BatchOrder order, TrainLoader loader, Map<String, MicroBatch> into) {
    for (long epoch = 0; epoch < 2; epoch++) {
      for (int step = 0; step < order.stepsPerEpoch(); step++) {
        for (MicroBatch batch : loader.load(epoch, step).microBatches()) {
          into.put(epoch + "/" + step + "/" + batch.lane(), batch);
        }
      }
    }
  }

  private static void assertSame(MicroBatch found, MicroBatch expected) {
    assertThat(found.lane()).isEqualTo(expected.lane());
    assertThat(found.sampleIds()).isEqualTo(expected.sampleIds());
    assertThat(found.labels()).isEqualTo(expected.labels());
    assertThat(found.pixels()).isEqualTo(expected.pixels());
  }

  private static byte[] pixelsOf(MicroBatch batch, long id) {
    int index =
        IntStream.range(0, batch.size())
            .filter(i -> batch.sampleIds()[i] == id)
            .findFirst()
            .orElseThrow();
    int bytes = 3 * SIZE * SIZE;
    return Arrays.copyOfRange(batch.pixels(), index * bytes, (index + 1) * bytes);
  }

  private static TrainLoader loader(BatchOrder order, int[] lanes, int threads, int prefetch) {
    return new TrainLoader(
        open("train"), CONF, new AugmentedOrder(order, TRAIN, SEED), lanes, threads, prefetch);
  }

  private static ImageSet open(String split) {
    return ImageSet.open(CONF, dir.toString(), split);
  }

  private static List<Integer> rows() {
    return open("train").blocks().stream().map(Block::rows).toList();
  }

  private static BatchOrder order(int window) {
    return new BatchOrder(rows(), 11, 3, SEED, mode(window), LastBatch.KEEP);
  }

  private static ShuffleMode mode(int window) {
    return window == 0 ? new ShuffleMode.Full() : new ShuffleMode.Blocks(window);
  }
}
