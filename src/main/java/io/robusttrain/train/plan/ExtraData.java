package io.robusttrain.train.plan;

import io.robusttrain.config.RunConfig;
import io.robusttrain.data.DataException;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.train.worker.BatchShare;
import io.robusttrain.train.worker.ImageSource;
import io.robusttrain.train.worker.MixedSource;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** The second data set of a run, checked against the first; immutable. */
public final class ExtraData {
  private final RunConfig config;
  private final ImageSet set;
  private final int[] labels;

  private ExtraData(RunConfig config, ImageSet set, int[] labels) {
    this.config = config;
    this.set = set;
    this.labels = labels;
  }

  /**
   * Opens {@code data.extra}, if there is one.
   *
   * @throws DataException if it is unusable, has a class that the first set lacks, or has too few
   *     samples for one step
   */
  public static Optional<ExtraData> open(RunConfig config, Configuration hadoop, ImageSet train) {
    if (!config.data().extra().path().isSet()) {
      return Optional.empty();
    }
    String path = config.data().extra().path().get();
    ImageSet set =
        ImageSet.open(hadoop, path, config.data().extra().split(), config.data().columns())
            .with(config.data().sampleRules());
    List<String> classes = train.classNames();
    List<String> unknown =
        set.classNames().stream().filter(name -> !classes.contains(name)).limit(5).toList();
    if (!unknown.isEmpty()) {
      throw new DataException(
          "%s has classes that %s lacks, such as %s: prepare both with the same class names"
              .formatted(path, config.data().path(), String.join(", ", unknown)));
    }
    ExtraData extra =
        new ExtraData(config, set, set.classNames().stream().mapToInt(classes::indexOf).toArray());
    int step = extra.share().extra() * config.train().microBatchesPerStep();
    if (set.sampleCount() < step) {
      throw new DataException(
          "%s: %d samples are too few for the %d that each step takes: lower data.extra.share or train.global-batch"
              .formatted(set, set.sampleCount(), step));
    }
    return Optional.of(extra);
  }

  /** How a full micro-batch is shared by the two sets. */
  BatchShare share() {
    int micro = config.train().microBatch();
    int samples = config.data().extra().samplesOf(micro);
    return new BatchShare(micro - samples, samples);
  }

  long encodedBytes() {
    return set.encodedBytes();
  }

  /**
   * Bytes of the encoded images that an executor holds at most, and of the row groups that it reads
   * them from.
   */
  long heldBytes(BatchOrder order, int executors) {
    if (order.shuffle() instanceof ShuffleMode.Blocks blocks) {
      int lanes = Math.max(1, order.lanes() / executors);
      long samples = (long) blocks.window() * lanes;
      return Math.min(set.encodedBytes(), set.encodedBytes() / set.sampleCount() * samples)
          + MemoryPlan.rowGroups(set, lanes);
    }
    return set.encodedBytes();
  }

  /** Both sets together, mixed in each micro-batch. */
  public MixedSource mixedWith(ImageSource primary, ShuffleMode shuffle) {
    BatchShare share = share();
    BatchOrder order =
        BatchOrder.of(
            set,
            share.extra() * config.train().microBatchesPerStep(),
            share.extra(),
            SeedKey.of(config.run().seed()).with("extra-data").value(),
            shuffle,
            LastBatch.DROP);
    return new MixedSource(primary, set, order, share, labels);
  }
}
