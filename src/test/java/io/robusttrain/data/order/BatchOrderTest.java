package io.robusttrain.data.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchOrderTest {
  private static final List<Integer> BLOCKS = List.of(7, 1, 20, 13, 13, 5, 38, 2, 1); // 100

  @ParameterizedTest
  @CsvSource({
    // global batch, micro-batch, window (0: full shuffle)
    "16, 4, 0",
    "16, 4, 1",
    "16, 4, 6",
    "16, 4, 1000",
    "16, 16, 0",
    "16, 16, 9",
    "16, 5, 0",
    "16, 5, 4",
    "7, 3, 0",
    "7, 3, 5",
    "100, 10, 0",
    "100, 10, 3",
    "1, 1, 0",
    "1, 1, 7",
    "300, 32, 0",
    "300, 32, 8",
    "99, 1, 0",
    "99, 1, 3"
  })
  void keepVisitsEachSampleExactlyOnce(int globalBatch, int microBatch, int window) {
    BatchOrder order = order(globalBatch, microBatch, window, LastBatch.KEEP);
    assertThat(order.stepsPerEpoch()).isEqualTo((100 + globalBatch - 1) / globalBatch);
    assertThat(samplesPerEpoch(order)).isEqualTo(100);
    for (long epoch : new long[] {0, 1, 77}) {
      long[] visited = visit(order, epoch);
      Arrays.sort(visited);
      assertThat(visited).isEqualTo(LongStream.range(0, 100).toArray());
    }
  }

  @ParameterizedTest
  @CsvSource({"16, 4, 0", "16, 4, 6", "16, 5, 0", "16, 5, 4", "7, 3, 5", "99, 1, 3"})
  void dropLeavesOutTheRemainderOnly(int globalBatch, int microBatch, int window) {
    BatchOrder order = order(globalBatch, microBatch, window, LastBatch.DROP);
    int steps = 100 / globalBatch;
    assertThat(order.stepsPerEpoch()).isEqualTo(steps);
    long[] visited = visit(order, 3);
    assertThat(visited).hasSize(steps * globalBatch).doesNotHaveDuplicates();
    assertThat(Arrays.stream(visited).allMatch(id -> id >= 0 && id < 100)).isTrue();
    assertThat(samplesPerEpoch(order)).isEqualTo(visited.length);
  }

  @ParameterizedTest
  @CsvSource({"16, 4, 0", "16, 5, 0", "16, 5, 6", "7, 3, 2", "16, 1, 3"})
  void microBatchesAreEvenAndNeverTooLarge(int globalBatch, int microBatch, int window) {
    BatchOrder order = order(globalBatch, microBatch, window, LastBatch.KEEP);
    EpochOrder epoch = new EpochOrder(order, 0);
    for (int step = 0; step < order.stepsPerEpoch(); step++) {
      int sum = 0;
      int smallest = Integer.MAX_VALUE;
      int largest = 0;
      for (int lane = 0; lane < order.lanes(); lane++) {
        int size = epoch.samples(step, lane).length;
        assertThat(size).isEqualTo(order.samplesInStep(step, lane));
        sum += size;
        smallest = Math.min(smallest, size);
        largest = Math.max(largest, size);
      }
      assertThat(sum).isEqualTo(order.samplesInStep(step));
      assertThat(largest).isLessThanOrEqualTo(microBatch);
      assertThat(largest - smallest).isLessThanOrEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "6"})
  void theOrderFollowsFromSeedAndEpochAlone(int window) {
    BatchOrder order = order(16, 4, window, LastBatch.KEEP);
    assertThat(visit(order, 5)).isEqualTo(visit(order(16, 4, window, LastBatch.KEEP), 5));
    assertThat(visit(order, 5)).isNotEqualTo(visit(order, 6));
    BatchOrder other = new BatchOrder(BLOCKS, 16, 4, 43, mode(window), LastBatch.KEEP);
    assertThat(visit(order, 5)).isNotEqualTo(visit(other, 5));
  }

  @Test
  void anyStepCanBeAskedForInAnyOrder() {
    BatchOrder order = order(16, 4, 6, LastBatch.KEEP);
    EpochOrder forward = new EpochOrder(order, 2);
    long[] third = forward.samples(3, 1);
    long[] first = forward.samples(0, 1);
    assertThat(new EpochOrder(order, 2).samples(0, 1)).isEqualTo(first);
    assertThat(new EpochOrder(order, 2).samples(3, 1)).isEqualTo(third);
  }

  @Test
  void aLaneStaysWithinItsWindows() {
    BatchOrder order = order(16, 4, 5, LastBatch.KEEP);
    EpochOrder epoch = new EpochOrder(order, 4);
    for (int lane = 0; lane < order.lanes(); lane++) {
      List<Long> visited = new ArrayList<>();
      for (int step = 0; step < order.stepsPerEpoch(); step++) {
        Arrays.stream(epoch.samples(step, lane)).forEach(visited::add);
      }
      assertThat(visited).hasSize(order.laneSize(lane));
      for (int from = 0, window = 0; from < visited.size(); from += 5, window++) {
        List<Long> part = visited.subList(from, Math.min(from + 5, visited.size()));
        Long[] read = Arrays.stream(epoch.window(lane, window)).boxed().toArray(Long[]::new);
        assertThat(part).containsExactlyInAnyOrder(read);
      }
    }
  }

  @Test
  void lanesReadBlocksInSequence() {
    BatchOrder order = order(16, 16, 1000, LastBatch.KEEP);
    long[] read = new EpochOrder(order, 1).window(0, 0);
    int jumps = 0;
    for (int i = 1; i < read.length; i++) {
      jumps += read[i] == read[i - 1] + 1 ? 0 : 1;
    }
    assertThat(jumps).isLessThan(BLOCKS.size()); // at most one per block after the first
    assertThat(read).isNotEqualTo(LongStream.range(0, 100).toArray());
  }

  @ParameterizedTest
  @CsvSource({
    // samples, repeats, window (0: full shuffle), visits of an epoch: timm's RepeatAugSampler
    "700, 3, 0, 512",
    "700, 3, 9, 512",
    "700, 3, 1000, 512",
    "256, 3, 0, 256",
    "100, 4, 0, 100",
    "100, 4, 7, 100",
    "600, 5, 11, 512"
  })
  void repeatsVisitAPartOfTheSamplesOftenEnough(int samples, int repeats, int window, int visits) {
    BatchOrder order =
        new BatchOrder(List.of(60, samples - 60), 16, 4, 42, mode(window), LastBatch.KEEP)
            .withRepeats(repeats);
    assertThat(samplesPerEpoch(order)).isEqualTo(visits);
    assertThat(visit(order, 1)).isEqualTo(visit(order, 1)).isNotEqualTo(visit(order, 2));
    EpochOrder epoch = new EpochOrder(order, 1);
    Map<Long, BitSet> seen = new HashMap<>();
    for (int step = 0; step < order.stepsPerEpoch(); step++) {
      for (int lane = 0; lane < order.lanes(); lane++) {
        long[] ids = epoch.samples(step, lane);
        int[] copies = epoch.repeats(step, lane);
        assertThat(copies).hasSameSizeAs(ids);
        for (int i = 0; i < ids.length; i++) {
          BitSet set = seen.computeIfAbsent(ids[i], id -> new BitSet());
          assertThat(set.get(copies[i])).as("sample %d, copy %d", ids[i], copies[i]).isFalse();
          set.set(copies[i]);
        }
      }
    }
    // Each end of the order, and with blocks of each lane, may cut one sample's copies short.
    long whole = seen.values().stream().filter(set -> set.cardinality() == repeats).count();
    assertThat(seen).hasSizeBetween(visits / repeats, visits / repeats + 4);
    assertThat(whole).isGreaterThanOrEqualTo(visits / repeats - 4);
    assertThat(seen.keySet()).allMatch(id -> id >= 0 && id < samples);
  }

  @Test
  void aFullShuffleDealsRepeatsToDifferentLanes() {
    EpochOrder epoch = new EpochOrder(order(32, 8, 0, LastBatch.KEEP).withRepeats(3), 0);
    for (int lane = 0; lane < 4; lane++) {
      assertThat(epoch.samples(0, lane)).hasSize(8).doesNotHaveDuplicates();
    }
  }

  @Test
  void oneRepeatChangesNothing() {
    for (int window : new int[] {0, 6}) {
      BatchOrder order = order(16, 5, window, LastBatch.KEEP);
      assertThat(visit(order.withRepeats(1), 3)).isEqualTo(visit(order, 3));
    }
  }

  @Test
  void everyPlaceIsEquallyLikelyInAFullShuffle() {
    BatchOrder order =
        new BatchOrder(List.of(10), 10, 10, 1, new ShuffleMode.Full(), LastBatch.KEEP);
    int[] first = new int[10];
    for (int epoch = 0; epoch < 10_000; epoch++) {
      first[(int) new EpochOrder(order, epoch).samples(0, 0)[0]]++;
    }
    double chi = 0;
    for (int count : first) {
      chi += (count - 1000.0) * (count - 1000.0) / 1000.0;
    }
    assertThat(chi).isLessThan(27.9); // 99.9 % quantile at 9 degrees of freedom
  }

  @Test
  void survivesSerialisation() throws Exception {
    BatchOrder order = order(16, 5, 6, LastBatch.KEEP);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(order);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(visit((BatchOrder) in.readObject(), 9)).isEqualTo(visit(order, 9));
    }
  }

  @Test
  void refusesImpossibleSettings() {
    assertThatThrownBy(() -> order(101, 1, 0, LastBatch.DROP))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("100 samples do not fill one global batch of 101");
    assertThatThrownBy(() -> order(0, 1, 0, LastBatch.KEEP))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> order(1, 1, -1, LastBatch.KEEP))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new BatchOrder(List.of(), 1, 1, 0, new ShuffleMode.Full(), LastBatch.KEEP))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(
            () ->
                new BatchOrder(List.of(300), 257, 4, 0, new ShuffleMode.Full(), LastBatch.DROP)
                    .withRepeats(3))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("300 samples, rounded down to 256 for repeated augmentation");
    BatchOrder order = order(16, 4, 0, LastBatch.KEEP);
    assertThatThrownBy(() -> order.withRepeats(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> order.samplesInStep(7)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new EpochOrder(order, 0).samples(0, 4))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void ordersAMillionSamplesQuickly() {
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < 1300; i++) {
      rows.add(1000);
    }
    for (ShuffleMode mode :
        List.of(new ShuffleMode.Full(), (ShuffleMode) new ShuffleMode.Blocks(4096))) {
      BatchOrder order = new BatchOrder(rows, 1024, 64, 42, mode, LastBatch.KEEP);
      long[] visited = visit(order, 0);
      Arrays.sort(visited);
      assertThat(visited[0]).isZero();
      assertThat(visited[visited.length - 1]).isEqualTo(1_299_999);
      assertThat(visited).hasSize(1_300_000);
    }
  }

  private static long[] visit(BatchOrder order, long epoch) {
    EpochOrder epochOrder = new EpochOrder(order, epoch);
    long[] all = new long[samplesPerEpoch(order)];
    int at = 0;
    for (int step = 0; step < order.stepsPerEpoch(); step++) {
      for (int lane = 0; lane < order.lanes(); lane++) {
        long[] ids = epochOrder.samples(step, lane);
        System.arraycopy(ids, 0, all, at, ids.length);
        at += ids.length;
      }
    }
    assertThat(at).isEqualTo(all.length);
    return all;
  }

  private static BatchOrder order(int globalBatch, int microBatch, int window, LastBatch last) {
    return new BatchOrder(BLOCKS, globalBatch, microBatch, 42, mode(window), last);
  }

  private static ShuffleMode mode(int window) {
    return window == 0 ? new ShuffleMode.Full() : new ShuffleMode.Blocks(window);
  }

  private static int samplesPerEpoch(BatchOrder order) {
    return IntStream.range(0, order.stepsPerEpoch()).map(order::samplesInStep).sum();
  }
}
