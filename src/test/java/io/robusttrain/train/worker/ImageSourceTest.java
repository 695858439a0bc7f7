package io.robusttrain.train.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.base.HadoopSettings;
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
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Fp32Precision;
import io.robusttrain.train.plan.ValidationPlan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An epoch of the workers together is a pass over the images, however many workers there are. */
class ImageSourceTest {
  private static final int SIZE = 16;
  private static final int TRAIN = 70;
  private static final int VALIDATION = 30;
  private static final long SEED = 42;

  @TempDir private static Path folder;

  private static ImageSource images;

  @BeforeAll
  static void draw() throws IOException {
    String data = folder.resolve("data").toString();
    DrawnImages.draw(folder.resolve("data"), 10, SIZE, TRAIN, VALIDATION, 8, 32 << 10);
    images =
        new ImageSource(
            ImageSet.open(new Configuration(), data, "train"),
            ImageSet.open(new Configuration(), data, "validation"),
            new TrainTransform(
                SIZE,
                new CropPolicy.RandomResized(0.08, 1.0, 3.0 / 4.0, 4.0 / 3.0),
                Interpolation.BICUBIC,
                0.5,
                ColorJitter.of(0.4),
                StrongAugmentation.NONE),
            new EvalTransform(SIZE, 1, Interpolation.BICUBIC),
            1,
            new HadoopSettings(Map.of()));
    assertThat(images.train().blocks()).hasSizeGreaterThan(5);
  }

  @ParameterizedTest
  @CsvSource({
    // workers, window of the block shuffle (0: full shuffle)
    "1, 0",
    "2, 0",
    "4, 0",
    "1, 5",
    "2, 5",
    "4, 5"
  })
  void workersTogetherVisitEachSampleExactlyOnceAnEpoch(int workers, int window) {
    BatchOrder order = order(window);
    List<List<Long>> epochs = List.of(new ArrayList<>(), new ArrayList<>());
    for (int worker = 0; worker < workers; worker++) {
      for (int epoch = 0; epoch < epochs.size(); epoch++) {
        for (MicroBatch batch : epoch(order, workers, worker, epoch)) {
          LongStream.of(batch.sampleIds()).forEach(epochs.get(epoch)::add);
        }
      }
    }
    Long[] all = LongStream.range(0, TRAIN).boxed().toArray(Long[]::new);
    assertThat(epochs.get(0)).containsExactlyInAnyOrder(all);
    assertThat(epochs.get(1)).containsExactlyInAnyOrder(all);
    assertThat(epochs.get(0)).isNotEqualTo(epochs.get(1));
  }

  @Test
  void aSampleLooksTheSameOnWhicheverWorkerItIs() {
    BatchOrder order = order(0);
    Map<Long, ByteBuffer> one = pixels(epoch(order, 1, 0, 0));
    Map<Long, ByteBuffer> two = pixels(epoch(order, 2, 0, 0));
    two.putAll(pixels(epoch(order, 2, 1, 0)));
    assertThat(two).isEqualTo(one);
    assertThat(pixels(epoch(order, 1, 0, 1))).isNotEqualTo(one);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void workersTogetherValidateEachUnitExactlyOnce(int workers) {
    ValidationPlan plan = new ValidationPlan(null, images, null, 8, SEED);
    List<Integer> units = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      for (int unit : plan.units(new WorkerPlace(worker, workers, 1))) {
        units.add(unit);
      }
    }
    assertThat(units).containsExactly(0, 1, 2, 3);
  }

  private static List<MicroBatch> epoch(BatchOrder order, int workers, int worker, int epoch) {
    TrainingJob job =
        new TrainingJob(
            null,
            null,
            null,
            null,
            null,
            order,
            images,
            SEED,
            ComputeDevice.CPU,
            ThreadPlan.oneReplica(1),
            Fp32Precision.IEEE);
    int[] lanes = job.lanes(new WorkerPlace(worker, workers, 1));
    List<MicroBatch> batches = new ArrayList<>();
    try (SampleSupply supply = job.samples().training(order, SEED, lanes, 1)) {
      for (int step = 0; step < order.stepsPerEpoch(); step++) {
        batches.addAll(supply.load(epoch, step).microBatches());
      }
    }
    return batches;
  }

  private static Map<Long, ByteBuffer> pixels(List<MicroBatch> batches) {
    Map<Long, ByteBuffer> pixels = new HashMap<>();
    for (MicroBatch batch : batches) {
      int bytes = 3 * SIZE * SIZE;
      for (int i = 0; i < batch.size(); i++) {
        pixels.put(batch.sampleIds()[i], ByteBuffer.wrap(batch.pixels(), i * bytes, bytes).slice());
      }
    }
    return pixels;
  }

  /** Four lanes; the last step of an epoch is smaller. */
  private static BatchOrder order(int window) {
    ShuffleMode shuffle = window == 0 ? new ShuffleMode.Full() : new ShuffleMode.Blocks(window);
    return BatchOrder.of(images.train(), 16, 4, SEED, shuffle, LastBatch.KEEP);
  }
}
