package io.robusttrain.train.worker;

import io.robusttrain.data.load.MicroBatch;
import io.robusttrain.data.load.StepSamples;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.tensor.SeedKey;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * Uniform noise as images, with random labels; drawn once, by lane, and the same in every step.
 *
 * @param side of the square images in pixels
 * @param numClasses labels are below it
 */
record RandomImages(int side, int numClasses) implements SupplyFactory {
  @Override
  public SampleSupply training(BatchOrder order, long seed, int[] lanes, int decodeThreads) {
    List<MicroBatch> batches =
        Arrays.stream(lanes).mapToObj(lane -> draw(order, seed, lane)).toList();
    return new SampleSupply() {
      @Override
      public StepSamples load(long epoch, int stepInEpoch) {
        return new StepSamples(epoch, stepInEpoch, batches, List.of());
      }

      @Override
      public void close() {}
    };
  }

  private MicroBatch draw(BatchOrder order, long seed, int lane) {
    SeedKey key = SeedKey.of(seed).with("random-images").with(lane);
    SplittableRandom random = new SplittableRandom(key.value());
    int size = order.samplesInStep(0, lane);
    byte[] pixels = new byte[size * 3 * side * side];
    random.nextBytes(pixels);
    int[] labels = random.ints(size, 0, numClasses).toArray();
    long[] ids = LongStream.range(0, size).map(i -> (long) lane << 32 | i).toArray();
    return new MicroBatch(lane, ids, pixels, labels);
  }
}
