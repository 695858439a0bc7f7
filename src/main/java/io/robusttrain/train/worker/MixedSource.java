package io.robusttrain.train.worker;

import io.robusttrain.data.load.AugmentedOrder;
import io.robusttrain.data.load.MicroBatch;
import io.robusttrain.data.load.StepSamples;
import io.robusttrain.data.load.TrainLoader;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.tensor.SeedKey;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Two data sets in fixed shares of each micro-batch. The first set's order makes the epochs; step n
 * of the run takes step n of the second set's own endless order, so what a step gets depends on its
 * number alone: not on the executors, and not on where a run was continued. A smaller last
 * micro-batch of the first set takes as many samples less of the second.
 *
 * @param primary the first set
 * @param extra the second set
 * @param extraOrder its order, without smaller steps
 * @param share of a full micro-batch
 * @param labels the first set's class index of each class of the second
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record MixedSource(
    ImageSource primary, ImageSet extra, BatchOrder extraOrder, BatchShare share, int[] labels)
    implements SupplyFactory {
  @Override
  public int samplesInStep(BatchOrder order, int stepInEpoch) {
    return IntStream.range(0, order.lanes())
        .map(
            lane -> {
              int samples = order.samplesInStep(stepInEpoch, lane);
              return samples + share.beside(samples);
            })
        .sum();
  }

  @Override
  public SampleSupply training(BatchOrder order, long seed, int[] lanes, int decodeThreads) {
    int extraThreads =
        Math.max(1, decodeThreads * share.extra() / (share.primary() + share.extra()));
    SampleSupply first =
        primary.training(order, seed, lanes, Math.max(1, decodeThreads - extraThreads));
    TrainLoader second =
        new TrainLoader(
            extra,
            primary.hadoop().configuration(),
            new AugmentedOrder(
                extraOrder,
                primary.augmentation(),
                SeedKey.of(seed).with("extra-data").value(),
                order.stepsPerEpoch()),
            lanes,
            extraThreads,
            primary.prefetchSteps());
    return new SampleSupply() {
      @Override
      public StepSamples load(long epoch, int stepInEpoch) {
        long step = epoch * order.stepsPerEpoch() + stepInEpoch;
        int round = extraOrder.stepsPerEpoch();
        StepSamples own = first.load(epoch, stepInEpoch);
        StepSamples further = second.load(step / round, Math.toIntExact(step % round));
        return new StepSamples(
            epoch,
            stepInEpoch,
            IntStream.range(0, own.microBatches().size())
                .mapToObj(i -> join(own.microBatches().get(i), further.microBatches().get(i)))
                .toList(),
            Stream.concat(own.bad().stream(), further.bad().stream()).toList());
      }

      @Override
      public void close() {
        first.close();
        second.close();
      }
    };
  }

  /** Samples of the second set come after those of the first, and so do their ids. */
  private MicroBatch join(MicroBatch own, MicroBatch further) {
    int taken = share.beside(own.size());
    int bytes = further.pixels().length / further.size();
    byte[] pixels = Arrays.copyOf(own.pixels(), own.pixels().length + taken * bytes);
    System.arraycopy(further.pixels(), 0, pixels, own.pixels().length, taken * bytes);
    long firstId = primary.train().sampleCount();
    long[] ids =
        LongStream.concat(
                LongStream.of(own.sampleIds()),
                LongStream.of(further.sampleIds()).limit(taken).map(id -> firstId + id))
            .toArray();
    int[] classes =
        IntStream.concat(
                IntStream.of(own.labels()),
                IntStream.of(further.labels()).limit(taken).map(label -> labels[label]))
            .toArray();
    return new MicroBatch(own.lane(), ids, pixels, classes);
  }
}
