package io.robusttrain.data.order;

import io.robusttrain.data.DataException;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.ImageSet;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * Which samples each step of each epoch takes: a pure function of the block sizes, the batch
 * settings and the seed, so it is the same on every executor and for every number of executors.
 *
 * <p>The global batch of a step is cut into {@code lanes()} micro-batches whose sizes differ by at
 * most one; lane l is the l-th of them. Every sample is visited exactly once in an epoch with
 * {@link LastBatch#KEEP}, at most once with {@link LastBatch#DROP}. The smaller last step of KEEP
 * is spread over the lanes in the same way, so its micro-batches may be empty.
 *
 * <p>With {@linkplain #withRepeats repeats} r an epoch keeps its length and takes every sample it
 * visits r times: an r-th of the samples, drawn anew for each epoch.
 *
 * <p>Immutable and thread-safe; {@link EpochOrder} is the order of one epoch.
 */
public final class BatchOrder implements Serializable {
  private static final long serialVersionUID = 1L;

  /** timm rounds the epochs of repeated augmentation to this. */
  private static final int REPEAT_ROUND = 256;

  private final int[] blockRows;
  private final int samples;
  private final int globalBatch;
  private final int microBatch;
  private final long seed;
  private final ShuffleMode shuffle;
  private final LastBatch lastBatch;
  private final int repeats;

  /**
   * Defines the order.
   *
   * @param blockRows samples of each block, in the order of sample ids
   * @param globalBatch samples of a step over all executors
   * @param microBatch largest number of samples of a micro-batch
   * @param seed seed of all permutations
   * @throws DataException when a DROP epoch would have no step, or there are 2^31 samples or more
   */
  public BatchOrder(
      List<Integer> blockRows,
      int globalBatch,
      int microBatch,
      long seed,
      ShuffleMode shuffle,
      LastBatch lastBatch) {
    if (globalBatch < 1 || microBatch < 1) {
      throw new IllegalArgumentException(
          "global batch and micro-batch must be at least 1, got %d and %d"
              .formatted(globalBatch, microBatch));
    }
    this.blockRows = blockRows.stream().mapToInt(Integer::intValue).toArray();
    long total = blockRows.stream().mapToLong(Integer::longValue).sum();
    if (total < 1 || total > Integer.MAX_VALUE - 8) {
      throw new DataException("an epoch needs 1 to 2^31 - 9 samples, got " + total);
    }
    if (lastBatch == LastBatch.DROP && total < globalBatch) {
      throw new DataException(
          "%d samples do not fill one global batch of %d; use a smaller batch or keep the last one"
              .formatted(total, globalBatch));
    }
    this.samples = (int) total;
    this.globalBatch = globalBatch;
    this.microBatch = microBatch;
    this.seed = seed;
    this.shuffle = Objects.requireNonNull(shuffle, "shuffle");
    this.lastBatch = Objects.requireNonNull(lastBatch, "lastBatch");
    this.repeats = 1;
  }

  private BatchOrder(BatchOrder other, int repeats) {
    this.blockRows = other.blockRows;
    this.samples = other.samples;
    this.globalBatch = other.globalBatch;
    this.microBatch = other.microBatch;
    this.seed = other.seed;
    this.shuffle = other.shuffle;
    this.lastBatch = other.lastBatch;
    this.repeats = repeats;
  }

  /** Returns the order over the samples of {@code set}. */
  public static BatchOrder of(
      ImageSet set,
      int globalBatch,
      int microBatch,
      long seed,
      ShuffleMode shuffle,
      LastBatch lastBatch) {
    List<Integer> rows = set.blocks().stream().map(Block::rows).toList();
    return new BatchOrder(rows, globalBatch, microBatch, seed, shuffle, lastBatch);
  }

  /**
   * Returns this order with repeated augmentation (Hoffer et al., 2020), as timm's {@code
   * RepeatAugSampler} does it: each permuted sample comes {@code repeats} times in a row. With a
   * full shuffle the copies go to different lanes where there are enough; with {@link
   * ShuffleMode.Blocks} a lane reads each of its samples once and keeps the copies. The epoch's
   * length is rounded down to a multiple of 256 as there, unless there are fewer samples.
   *
   * @param repeats times that a sample comes, at least 1; 1 changes nothing
   * @throws DataException when a DROP epoch would have no step
   */
  public BatchOrder withRepeats(int repeats) {
    if (repeats < 1) {
      throw new IllegalArgumentException("repeats must be at least 1, got " + repeats);
    }
    BatchOrder repeated = new BatchOrder(this, repeats);
    if (repeated.stepsPerEpoch() == 0) {
      throw new DataException(
          "%d samples, rounded down to %d for repeated augmentation, do not fill one global batch of"
                  .formatted(samples, repeated.visits())
              + " %d; use a smaller batch or keep the last one".formatted(globalBatch));
    }
    return repeated;
  }

  /** Times that a sample comes in an epoch that visits it. */
  public int repeats() {
    return repeats;
  }

  /** Micro-batches of a step: ceil(global batch / micro-batch). */
  public int lanes() {
    return (int) (((long) globalBatch + microBatch - 1) / microBatch);
  }

  /** Steps of an epoch. */
  public int stepsPerEpoch() {
    return fullSteps() + (lastSize() > 0 ? 1 : 0);
  }

  /** Samples of step {@code step} (from 0) over all lanes. */
  public int samplesInStep(int step) {
    Objects.checkIndex(step, stepsPerEpoch());
    return step < fullSteps() ? globalBatch : lastSize();
  }

  /** Samples of step {@code step} that lane {@code lane} gets. */
  public int samplesInStep(int step, int lane) {
    return share(samplesInStep(step), lane);
  }

  /** How the order of an epoch is drawn. */
  public ShuffleMode shuffle() {
    return shuffle;
  }

  /** Samples of the whole set. */
  public long samples() {
    return samples;
  }

  int[] blockRows() {
    return blockRows;
  }

  long seed() {
    return seed;
  }

  /** Samples that the steps before {@code step} take. */
  int stepStart(int step) {
    return step * globalBatch;
  }

  /** Position of a lane's range in the concatenated blocks of an epoch. */
  int laneStart(int lane) {
    return before(globalBatch, lane) * fullSteps() + before(lastSize(), lane);
  }

  /** Position in its own range at which a lane is when step {@code step} starts. */
  int laneOffset(int step, int lane) {
    return share(globalBatch, lane) * step;
  }

  /** Samples that a lane reads in an epoch. */
  int laneSize(int lane) {
    return laneStart(lane + 1) - laneStart(lane);
  }

  /** Samples of a batch of {@code batch} that lane {@code lane} gets. */
  private int share(int batch, int lane) {
    Objects.checkIndex(lane, lanes());
    return batch / lanes() + (lane < batch % lanes() ? 1 : 0);
  }

  /** Samples of a batch of {@code batch} that the lanes before {@code lane} get. */
  int before(int batch, int lane) {
    return batch / lanes() * lane + Math.min(lane, batch % lanes());
  }

  private int fullSteps() {
    return visits() / globalBatch;
  }

  private int lastSize() {
    return lastBatch == LastBatch.KEEP ? visits() % globalBatch : 0;
  }

  /** Samples of an epoch before DROP; a sample counts as often as it comes. */
  private int visits() {
    return repeats == 1 || samples < REPEAT_ROUND ? samples : samples / REPEAT_ROUND * REPEAT_ROUND;
  }

  @Override
  public String toString() {
    return "%d samples, global batch %d in %d micro-batches, %d steps, %s, last batch %s, seed %d%s"
        .formatted(
            samples,
            globalBatch,
            lanes(),
            stepsPerEpoch(),
            shuffle,
            lastBatch,
            seed,
            repeats == 1 ? "" : ", each sample %d times".formatted(repeats));
  }
}
