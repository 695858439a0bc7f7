package io.robusttrain.train;

import io.robusttrain.data.BatchOrder;
import io.robusttrain.data.EvalLoader;
import io.robusttrain.data.ImageSet;
import io.robusttrain.data.MicroBatch;
import io.robusttrain.data.TrainLoader;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.TrainTransform;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

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
record ImageSource(
    ImageSet train,
    ImageSet validation,
    TrainTransform augmentation,
    EvalTransform preprocessing,
    int prefetchSteps,
    Map<String, String> hadoop)
    implements SupplyFactory {
  @Override
  public SampleSupply training(BatchOrder order, long seed, int[] lanes, int decodeThreads) {
    TrainLoader loader =
        new TrainLoader(
            train, configuration(), order, augmentation, seed, lanes, decodeThreads, prefetchSteps);
    return new SampleSupply() {
      @Override
      public List<MicroBatch> load(long epoch, int stepInEpoch) {
        return loader.load(epoch, stepInEpoch).microBatches();
      }

      @Override
      public void close() {
        loader.close();
      }
    };
  }

  EvalLoader validating(int unitSize, int[] units, int decodeThreads) {
    return new EvalLoader(
        validation, configuration(), preprocessing, unitSize, units, decodeThreads, 2);
  }

  private Configuration configuration() {
    Configuration configuration = new Configuration();
    hadoop.forEach(configuration::set);
    return configuration;
  }
}
