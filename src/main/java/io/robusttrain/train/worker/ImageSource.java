package io.robusttrain.train.worker;

import io.robusttrain.base.HadoopSettings;
import io.robusttrain.data.load.AugmentedOrder;
import io.robusttrain.data.load.EvalLoader;
import io.robusttrain.data.load.EvalUnit;
import io.robusttrain.data.load.StepSamples;
import io.robusttrain.data.load.TrainLoader;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.tensor.SeedKey;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * The images of a run as executors open them.
 *
 * @param train the training split
 * @param validation the validation split
 * @param augmentation of training samples
 * @param preprocessing of validation samples
 * @param prefetchSteps steps decoded ahead
 * @param hadoop the settings of the driver's Hadoop configuration that name file systems
 */
public record ImageSource(
    ImageSet train,
    ImageSet validation,
    TrainTransform augmentation,
    EvalTransform preprocessing,
    int prefetchSteps,
    HadoopSettings hadoop)
    implements SupplyFactory {
  /** Units of a validation that are made ahead. */
  public static final int UNITS_AHEAD = 2;

  @Override
  public SampleSupply training(BatchOrder order, long seed, int[] lanes, int decodeThreads) {
    TrainLoader loader =
        new TrainLoader(
            train,
            hadoop.configuration(),
            new AugmentedOrder(order, augmentation, seed),
            lanes,
            decodeThreads,
            prefetchSteps);
    return new SampleSupply() {
      @Override
      public StepSamples load(long epoch, int stepInEpoch) {
        return loader.load(epoch, stepInEpoch);
      }

      @Override
      public void close() {
        loader.close();
      }
    };
  }

  public EvalLoader validating(int unitSize, int[] units, int decodeThreads) {
    return new EvalLoader(
        validation,
        hadoop.configuration(),
        preprocessing,
        unitSize,
        units,
        decodeThreads,
        UNITS_AHEAD);
  }

  /**
   * Some training samples without augmentation, a unit each, in the order of the split.
   *
   * @param count how many; fewer if the split has fewer or bad ones are left out
   * @param key chooses them
   */
  public List<EvalUnit> ofTraining(int count, SeedKey key, int decodeThreads) {
    SplittableRandom random = new SplittableRandom(key.value());
    TreeSet<Integer> chosen = new TreeSet<>();
    int samples = EvalLoader.unitCount(train, 1);
    while (chosen.size() < Math.min(count, samples)) {
      chosen.add(random.nextInt(samples));
    }
    int[] units = chosen.stream().mapToInt(Integer::intValue).toArray();
    List<EvalUnit> loaded = new ArrayList<>();
    try (EvalLoader loader =
        new EvalLoader(train, hadoop.configuration(), preprocessing, 1, units, decodeThreads, 2)) {
      while (loader.hasNext()) {
        EvalUnit unit = loader.next();
        if (unit.size() > 0) { // a bad one may be left out
          loaded.add(unit);
        }
      }
    }
    return loaded;
  }
}
