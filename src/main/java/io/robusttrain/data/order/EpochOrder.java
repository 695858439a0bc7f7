package io.robusttrain.data.order;

import io.robusttrain.tensor.RandomStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The order of one epoch. The same order and epoch always give the same sample ids. Keeps its
 * permutations, about 4 bytes a sample with {@link ShuffleMode.Full}. Thread-safe.
 */
public final class EpochOrder {
  // Words that keep the streams of this class apart from each other and from the augmentation's.
  private static final long SAMPLES = 0x73616d706c657331L;
  private static final long BLOCKS = 0x626c6f636b733131L;
  private static final long WINDOW = 0x77696e646f773131L;

  private final BatchOrder order;
  private final long epoch;

  /** With FULL: position in the epoch to sample id. */
  private final int[] permutation;

  /** With BLOCKS: position at which the i-th visited block starts, and its first sample id. */
  private final int[] starts;

  private final int[] firstIds;

  /**
   * Permutes the samples; takes time and memory, so keep it for the epoch.
   *
   * @param epoch from 0
   */
  public EpochOrder(BatchOrder order, long epoch) {
    this.order = order;
    this.epoch = epoch;
    if (order.shuffle() instanceof ShuffleMode.Full) {
      permutation = permutation((int) order.samples(), SAMPLES);
      starts = new int[0];
      firstIds = new int[0];
    } else {
      permutation = new int[0];
      int[] rows = order.blockRows();
      int[] ids = new int[rows.length];
      for (int i = 1; i < rows.length; i++) {
        ids[i] = ids[i - 1] + rows[i - 1];
      }
      int[] visit = permutation(rows.length, BLOCKS);
      starts = new int[rows.length];
      firstIds = new int[rows.length];
      int at = 0;
      for (int i = 0; i < rows.length; i++) {
        starts[i] = at;
        firstIds[i] = ids[visit[i]];
        at += rows[visit[i]];
      }
    }
  }

  /** The epoch, from 0. */
  public long epoch() {
    return epoch;
  }

  /** Sample ids that lane {@code lane} takes in step {@code step}, in order; may be empty. */
  public long[] samples(int step, int lane) {
    int size = order.samplesInStep(step, lane);
    long[] ids = new long[size];
    if (order.shuffle() instanceof ShuffleMode.Blocks blocks) {
      for (int i = 0; i < size; ) {
        int window = window(step, lane, i);
        long[] shuffled = shuffledWindow(lane, window);
        int start = window * blocks.window();
        int read = sampleOf(place(step, lane, i)) - start;
        while (i < size && read < shuffled.length) {
          ids[i++] = shuffled[read];
          read = i < size ? sampleOf(place(step, lane, i)) - start : read;
        }
      }
    } else {
      for (int i = 0; i < size; i++) {
        ids[i] = permutation[sampleOf(place(step, lane, i))];
      }
    }
    return ids;
  }

  /** How often each of {@link #samples} came in this epoch before: 0 to repeats - 1. */
  public int[] repeats(int step, int lane) {
    return IntStream.range(0, order.samplesInStep(step, lane))
        .map(i -> place(step, lane, i) % order.repeats())
        .toArray();
  }

  /** With BLOCKS: the window that the {@code index}-th sample of a lane's step is read in. */
  public int window(int step, int lane, int index) {
    int length = ((ShuffleMode.Blocks) order.shuffle()).window();
    return sampleOf(place(step, lane, index)) / length;
  }

  /** With BLOCKS the place in the lane's own range, else in the epoch; repeats lie side by side. */
  private int place(int step, int lane, int index) {
    if (order.shuffle() instanceof ShuffleMode.Blocks) {
      return order.laneOffset(step, lane) + index;
    }
    // Repeats are dealt out, so that they meet in as few micro-batches as can be.
    int within =
        order.repeats() > 1
            ? index * order.lanes() + lane
            : order.before(order.samplesInStep(step), lane) + index;
    return order.stepStart(step) + within;
  }

  private int sampleOf(int place) {
    return place / order.repeats();
  }

  /** With BLOCKS: the sample ids of a lane's {@code window}-th window, in reading order. */
  public long[] window(int lane, int window) {
    int length = ((ShuffleMode.Blocks) order.shuffle()).window();
    int from = window * length;
    int size = Math.min(length, order.laneSize(lane) - from);
    Objects.checkIndex(from, order.laneSize(lane));
    int position = order.laneStart(lane) + from;
    int found = Arrays.binarySearch(starts, position);
    int block = found >= 0 ? found : -found - 2;
    long[] ids = new long[size];
    for (int i = 0; i < size; i++, position++) {
      while (block + 1 < starts.length && starts[block + 1] <= position) {
        block++;
      }
      ids[i] = (long) firstIds[block] + (position - starts[block]);
    }
    return ids;
  }

  private long[] shuffledWindow(int lane, int window) {
    long[] ids = window(lane, window);
    int[] places = IntStream.range(0, ids.length).toArray();
    RandomStream.of(WINDOW, order.seed(), epoch, lane, window).shuffle(places);
    return Arrays.stream(places).mapToLong(place -> ids[place]).toArray();
  }

  private int[] permutation(int size, long stream) {
    int[] values = IntStream.range(0, size).toArray();
    RandomStream.of(stream, order.seed(), epoch).shuffle(values);
    return values;
  }
}
