package io.robusttrain.train.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.base.HadoopSettings;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.data.DataException;
import io.robusttrain.data.load.MicroBatch;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.prep.DrawnImages;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.ColorJitter;
import io.robusttrain.data.transform.CropPolicy;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.data.transform.StrongAugmentation;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.train.plan.ExtraData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two data sets in fixed shares of each micro-batch. */
@Tag("slow")
class MixedSourceTest {
  private static final int SIZE = 8;
  private static final int PRIMARY = 34;
  private static final int EXTRA = 41;
  private static final int LANES = 4;
  private static final long SEED = 42;

  @TempDir private static Path folder;

  @BeforeAll
  static void draw() throws IOException {
    prepare("first", PRIMARY, 4);
    prepare("second", EXTRA, 4);
    prepare("few", 6, 4);
    prepare("other", 40, 5);
  }

  /** What a lane gets in a step. */
  private record Place(long epoch, int step, int lane) {}

  @ParameterizedTest
  @CsvSource({"0.5, 4, 2, 0", "0.25, 4, 1, 0", "0.75, 4, 3, 0", "0.5, 4, 2, 3", "0.375, 8, 3, 3"})
  void everyMicroBatchHasTheShare(double share, int microBatch, int extra, int window) {
    MixedSource source = source(share, microBatch, window);
    BatchOrder order = order(microBatch, extra, window);
    Map<Place, MicroBatch> batches = epochs(source, order, 1, 0, 3);
    int full = PRIMARY / (LANES * (microBatch - extra));
    Map<Integer, Integer> samples = new TreeMap<>();
    batches.forEach(
        (place, batch) -> {
          long drawn = LongStream.of(batch.sampleIds()).filter(id -> id >= PRIMARY).count();
          int own = order.samplesInStep(place.step(), place.lane());
          assertThat(batch.size() - drawn).isEqualTo(own);
          if (place.step() < full) {
            assertThat(batch.size()).isEqualTo(microBatch);
            assertThat(drawn).isEqualTo(extra);
          } else {
            assertThat(drawn).isEqualTo(Math.round(own * share / (1 - share)));
          }
          if (place.epoch() == 0) {
            samples.merge(place.step(), batch.size(), Integer::sum);
          }
        });
    samples.forEach(
        (step, count) -> assertThat(source.samplesInStep(order, step)).isEqualTo(count));
  }

  @Test
  void anEpochIsAPassOverTheFirstSetAndTheSecondGoesRound() {
    BatchOrder order = order(4, 2, 0);
    Map<Place, MicroBatch> batches = epochs(source(0.5, 4, 0), order, 1, 0, 2);
    for (long epoch = 0; epoch < 2; epoch++) {
      List<Long> own = new ArrayList<>();
      for (Map.Entry<Place, MicroBatch> entry : batches.entrySet()) {
        if (entry.getKey().epoch() == epoch) {
          LongStream.of(entry.getValue().sampleIds()).filter(id -> id < PRIMARY).forEach(own::add);
        }
      }
      assertThat(own)
          .containsExactlyInAnyOrder(LongStream.range(0, PRIMARY).boxed().toArray(Long[]::new));
    }
    // 5 steps of 8 samples are a round of the second set, which has one sample more.
    List<Long> drawn = new ArrayList<>();
    for (Map.Entry<Place, MicroBatch> entry : batches.entrySet()) {
      if (entry.getKey().epoch() == 0 && entry.getKey().step() < 4) {
        LongStream.of(entry.getValue().sampleIds()).filter(id -> id >= PRIMARY).forEach(drawn::add);
      }
    }
    assertThat(drawn).hasSize(32).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(drawn).last()).isLessThan(PRIMARY + EXTRA);
  }

  @ParameterizedTest
  @CsvSource({"2, 0", "4, 0", "2, 3", "4, 3"})
  void whatAStepGetsDependsOnItsNumberAlone(int workers, int window) {
    MixedSource source = source(0.5, 4, window);
    BatchOrder order = order(4, 2, window);
    Map<Place, ByteBuffer> one = contents(epochs(source, order, 1, 0, 3));
    assertThat(contents(epochs(source, order, workers, 0, 3))).isEqualTo(one);
    // A run that goes on after its second epoch.
    Map<Place, ByteBuffer> last = contents(epochs(source, order, workers, 2, 3));
    one.keySet().removeIf(place -> place.epoch() < 2);
    assertThat(last).isEqualTo(one);
  }

  @Test
  void classesAgreeByName() {
    RunConfig config = config("second", 0.5, 4);
    ImageSet first = set("first");
    ExtraData extra = ExtraData.open(config, new Configuration(), first).orElseThrow();
    assertThat(extra.mixedWith(null, new ShuffleMode.Full()).labels())
        .isEqualTo(IntStream.range(0, 4).toArray());
    assertThatThrownBy(() -> ExtraData.open(config("other", 0.5, 4), new Configuration(), first))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("other has classes that ")
        .hasMessageContaining("prepare both with the same class names");
    assertThatThrownBy(() -> ExtraData.open(config("few", 0.5, 4), new Configuration(), first))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("6 samples are too few for the 8 that each step takes");
    assertThat(ExtraData.open(ConfigLoader.defaults(), new Configuration(), first)).isEmpty();
  }

  private static Map<Place, MicroBatch> epochs(
      MixedSource source, BatchOrder order, int workers, int from, int to) {
    Map<Place, MicroBatch> batches = new HashMap<>();
    for (int worker = 0; worker < workers; worker++) {
      int share = LANES / workers;
      int[] lanes = IntStream.range(worker * share, (worker + 1) * share).toArray();
      try (SampleSupply supply = source.training(order, SEED, lanes, 1)) {
        for (long epoch = from; epoch < to; epoch++) {
          for (int step = 0; step < order.stepsPerEpoch(); step++) {
            for (MicroBatch batch : supply.load(epoch, step).microBatches()) {
              batches.put(new Place(epoch, step, batch.lane()), batch);
            }
          }
        }
      }
    }
    return batches;
  }

  private static Map<Place, ByteBuffer> contents(Map<Place, MicroBatch> batches) {
    Map<Place, ByteBuffer> contents = new HashMap<>();
    batches.forEach(
        (place, batch) -> {
          ByteBuffer bytes =
              ByteBuffer.allocate(batch.pixels().length + batch.size() * (Long.BYTES + 4));
          bytes.put(batch.pixels());
          LongStream.of(batch.sampleIds()).forEach(bytes::putLong);
          IntStream.of(batch.labels()).forEach(bytes::putInt);
          contents.put(place, bytes.flip());
        });
    return contents;
  }

  private static MixedSource source(double share, int microBatch, int window) {
    ImageSet first = set("first");
    ImageSource images =
        new ImageSource(
            first,
            first,
            new TrainTransform(
                SIZE,
                new CropPolicy.RandomResized(0.08, 1.0, 3.0 / 4.0, 4.0 / 3.0),
                Interpolation.BILINEAR,
                0.5,
                ColorJitter.of(0),
                StrongAugmentation.NONE),
            new EvalTransform(SIZE, 1, Interpolation.BILINEAR),
            1,
            new HadoopSettings(Map.of()));
    return ExtraData.open(config("second", share, microBatch), new Configuration(), first)
        .orElseThrow()
        .mixedWith(images, mode(window));
  }

  private static BatchOrder order(int microBatch, int extra, int window) {
    int own = microBatch - extra;
    return BatchOrder.of(set("first"), LANES * own, own, SEED, mode(window), LastBatch.KEEP);
  }

  private static ShuffleMode mode(int window) {
    return window == 0 ? new ShuffleMode.Full() : new ShuffleMode.Blocks(window);
  }

  private static RunConfig config(String extra, double share, int microBatch) {
    return ConfigLoader.load(
        List.of(),
        List.of(
            "data.path=" + folder.resolve("first"),
            "data.extra.path=" + folder.resolve(extra),
            "data.extra.share=" + share,
            "train.micro-batch=" + microBatch,
            "train.global-batch=" + LANES * microBatch));
  }

  private static ImageSet set(String name) {
    return ImageSet.open(new Configuration(), folder.resolve(name).toString(), "train");
  }

  private static void prepare(String name, int samples, int classes) throws IOException {
    DrawnImages.draw(folder.resolve(name), classes, SIZE, samples, 5, 8, 256 << 20);
  }
}
