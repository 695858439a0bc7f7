package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.EpochOrder;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.BadSample;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SourceSample;
import io.robusttrain.data.transform.StageListener;
import io.robusttrain.data.transform.StageListener.Stage;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.tensor.RandomStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;

/**
 * Loads the training samples of one executor: the lanes it owns, step by step, decoded and
 * augmented in the background. What it returns depends on the order, the seed, the epoch and the
 * sample ids only, never on the executor or on what was asked before. Decoded pixels are not kept.
 *
 * <p>Where the set's rules skip bad samples, another sample takes each one's place: the sizes of
 * micro-batches and so the weights of all samples stay as they are.
 *
 * <p>One caller at a time. Close it to stop its threads and to give up its share of the encoded
 * samples.
 */
public final class TrainLoader implements AutoCloseable {
  private static final long AUGMENTATION = 0x6175676d656e7431L;

  private final AugmentedOrder augmented;
  private final BatchOrder order;
  private final int[] lanes;
  private final Supplier<StageListener> stages;
  private final WorkerPool pool;
  private final SampleSource source;
  private final BatchDecoder decoder;
  private final Substitutes substitutes;
  private final Prefetcher<StepSamples> prefetcher;

  /** Order of the epoch being loaded; touched by the prefetching thread only. */
  private EpochOrder epochOrder;

  private volatile long loadingEpoch;

  private volatile TrainTransform loadingTransform;

  private boolean closed;

  /**
   * Opens a loader. With {@link ShuffleMode.Full} this reads the whole encoded split into memory,
   * unless another loader of this JVM holds it.
   *
   * @param conf names the file systems
   * @param augmented which samples each step takes, and how they are augmented
   * @param lanes lanes of this executor
   * @param decodeThreads threads that decode and augment, at least 1
   * @param prefetchSteps steps prepared ahead, at least 0
   * @throws DataException when the split cannot be read
   */
  public TrainLoader(
      ImageSet set,
      Configuration conf,
      AugmentedOrder augmented,
      int[] lanes,
      int decodeThreads,
      int prefetchSteps) {
    this(set, conf, augmented, lanes, decodeThreads, prefetchSteps, () -> StageListener.NONE);
  }

  /**
   * Opens a loader whose stages are listened to.
   *
   * @param stages makes a listener for one thread and one step
   * @throws DataException when the split cannot be read
   */
  public TrainLoader(
      ImageSet set,
      Configuration conf,
      AugmentedOrder augmented,
      int[] lanes,
      int decodeThreads,
      int prefetchSteps,
      Supplier<StageListener> stages) {
    this.augmented = augmented;
    this.stages = stages;
    this.order = augmented.order();
    if (order.samples() != set.sampleCount()) {
      throw new IllegalArgumentException(
          "the order is for %d samples, the set has %d"
              .formatted(order.samples(), set.sampleCount()));
    }
    this.lanes = lanes.clone();
    this.pool = new WorkerPool(decodeThreads, "decode-" + set.split());
    this.decoder =
        new BatchDecoder(
            pool,
            set,
            (job, image, workspace, listener) ->
                loadingTransform.apply(
                    image,
                    random(augmented.seed(), loadingEpoch, job.sample().sampleId(), job.repeat()),
                    workspace,
                    listener,
                    job.out(),
                    job.offset()),
            stages);
    try {
      this.source =
          order.shuffle() instanceof ShuffleMode.Blocks
              ? new WindowSource(conf, set)
              : EncodedStore.acquire(conf, set, pool);
    } catch (RuntimeException e) {
      pool.close();
      throw e;
    }
    this.substitutes = new Substitutes(set, source, augmented.seed());
    this.prefetcher =
        new Prefetcher<>(this::produce, prefetchSteps, Long.MAX_VALUE, "load-" + set.split());
  }

  /**
   * The samples of one step. Asking for the step after the last one asked for, across epochs too,
   * is served from what was prepared; any other step is loaded anew.
   *
   * @param epoch epoch, from 0
   * @param step step of the epoch, from 0
   * @throws DataException naming file, row and reason when a sample cannot be read or decoded and
   *     the set's rules do not skip it
   */
  public StepSamples load(long epoch, int step) {
    Objects.checkIndex(step, order.stepsPerEpoch());
    return prefetcher.get(epoch * order.stepsPerEpoch() + step);
  }

  /**
   * The stream of a sample; the first of its repeats has the stream of a sample that comes once.
   */
  static RandomStream random(long seed, long epoch, long sampleId, int repeat) {
    return repeat == 0
        ? RandomStream.of(AUGMENTATION, seed, epoch, sampleId)
        : RandomStream.of(AUGMENTATION, seed, epoch, sampleId, repeat);
  }

  private StepSamples produce(long index) {
    long epoch = index / order.stepsPerEpoch();
    int step = (int) (index % order.stepsPerEpoch());
    if (epochOrder == null || epochOrder.epoch() != epoch) {
      epochOrder = new EpochOrder(order, epoch);
      loadingEpoch = epoch;
    }
    loadingTransform = augmented.transform().atEpoch(index / augmented.runEpochSteps());
    List<BatchDecoder.Job> jobs = new ArrayList<>();
    List<BatchDraft> drafts = new ArrayList<>();
    for (int lane : lanes) {
      StageListener listener = stages.get();
      List<SourceSample> found = source.take(epochOrder, step, lane);
      listener.ended(Stage.READ);
      BatchDraft draft =
          new BatchDraft(lane, found, epochOrder.repeats(step, lane), augmented.transform().size());
      draft.plan(found, jobs);
      drafts.add(draft);
    }
    Map<Integer, BadSample> failed = decoder.run(jobs);
    List<BadSample> bad = new ArrayList<>();
    for (BatchDraft draft : drafts) {
      for (BatchDraft.Vacancy vacancy : draft.vacancies(failed)) {
        bad.add(vacancy.bad());
        substitute(draft, vacancy);
      }
    }
    return new StepSamples(epoch, step, drafts.stream().map(BatchDraft::finished).toList(), bad);
  }

  /** The bad sample's own random stream, of which nothing was used, augments its substitute. */
  private void substitute(BatchDraft draft, BatchDraft.Vacancy vacancy) {
    Substitutes.Substitute found = substitutes.of(vacancy.bad(), loadingEpoch, vacancy.repeat());
    BatchDecoder.Job job = draft.fill(vacancy.place(), found.sample());
    loadingTransform.apply(
        found.image(),
        random(augmented.seed(), loadingEpoch, vacancy.bad().sampleId(), vacancy.repeat()),
        job.out(),
        job.offset());
  }

  /** Stops the threads; closing again does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      prefetcher.close();
      pool.close();
      source.close();
    }
  }
}
