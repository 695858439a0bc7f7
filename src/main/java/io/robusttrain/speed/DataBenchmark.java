package io.robusttrain.speed;

import io.robusttrain.attack.Pixels;
import io.robusttrain.data.load.AugmentedOrder;
import io.robusttrain.data.load.MicroBatch;
import io.robusttrain.data.load.TrainLoader;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.StageListener;
import io.robusttrain.data.transform.StageListener.Stage;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.objective.mix.Mixup;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Times what training's loader does with the images of a set, stage by stage. One step at a time is
 * loaded and nothing ahead, so that decode threads and nobody else work. Not thread-safe; close it.
 */
public final class DataBenchmark implements AutoCloseable {
  private static final long SEED = 0;

  private final Optional<Mixup> mixup;
  private final BatchOrder order;
  private final int size;
  private final int steps;
  private final TrainLoader loader;
  private final Map<Stage, LongAdder> nanos = new EnumMap<>(Stage.class);
  private int rounds;

  /**
   * How much is timed.
   *
   * @param images of a round; rounded to whole steps, and fewer if the set has fewer
   * @param batch images of a step
   * @param threads that decode
   */
  public record Amount(int images, int batch, int threads) {}

  /**
   * Opens a loader as training does; nothing is timed yet.
   *
   * @param mixup of each step's images, if they are mixed
   * @throws io.robusttrain.data.DataException if the set has fewer images than a step takes
   */
  public DataBenchmark(
      Configuration conf,
      ImageSet set,
      TrainTransform transform,
      Optional<Mixup> mixup,
      Amount amount) {
    this.mixup = mixup;
    for (Stage stage : Stage.values()) {
      nanos.put(stage, new LongAdder());
    }
    this.size = transform.size();
    int batch = amount.batch();
    ShuffleMode blocks = new ShuffleMode.Blocks(amount.images());
    this.order = BatchOrder.of(set, batch, batch, SEED, blocks, LastBatch.DROP);
    this.steps = Math.min(order.stepsPerEpoch(), Math.max(1, amount.images() / batch));
    this.loader =
        new TrainLoader(
            set,
            conf,
            new AugmentedOrder(order, transform, SEED),
            new int[] {0},
            amount.threads(),
            0,
            Laps::new);
  }

  /** Adds the time between the ends of two stages to the later one. One thread and step each. */
  private final class Laps implements StageListener {
    private long last = System.nanoTime();

    @Override
    public void ended(Stage stage) {
      long now = System.nanoTime();
      nanos.get(stage).add(now - last);
      last = now;
    }
  }

  /** Loads the images of a round and times them; the first round is the slowest. */
  public DataTimes round() {
    nanos.values().forEach(LongAdder::reset);
    long images = 0;
    long loading = 0;
    long converting = 0;
    long mixing = 0;
    for (int step = 0; step < steps; step++) {
      long begin = System.nanoTime();
      MicroBatch batch = loader.load(rounds, step).microBatches().get(0);
      long loaded = System.nanoTime();
      loading += loaded - begin;
      images += batch.size();
      try (PointerScope scope = new PointerScope()) {
        Tensor floats =
            Tensors.pixels(batch.pixels(), ComputeDevice.CPU, batch.size(), 3, size, size);
        Pixels pixels = Pixels.of(floats);
        long converted = System.nanoTime();
        converting += converted - loaded;
        mix(pixels, batch.labels(), SeedKey.of(SEED).with("mixup").with(step));
        mixing += System.nanoTime() - converted;
      }
    }
    rounds++;
    double perImage = 1e9 * images;
    Map<Stage, Double> stages = new EnumMap<>(Stage.class);
    nanos.forEach((stage, sum) -> stages.put(stage, sum.sum() / perImage));
    return new DataTimes(
        images, stages, loading / perImage, converting / perImage, mixing / perImage);
  }

  private void mix(Pixels pixels, int[] labels, SeedKey key) {
    if (mixup.isPresent()) {
      mixup.get().mix(pixels, Tensors.labels(labels, ComputeDevice.CPU), key, 0);
    }
  }

  @Override
  public void close() {
    loader.close();
  }
}
