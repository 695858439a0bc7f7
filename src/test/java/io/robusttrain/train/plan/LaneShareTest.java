package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.config.ExtraDataConfig;
import io.robusttrain.config.TrainConfig;
import io.robusttrain.config.value.Setting;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaneShareTest {
  private static final ExtraDataConfig NO_EXTRA = extra(Setting.open());

  @Test
  void moreExecutorsThanMicroBatchesGetASmallerMicroBatch() {
    assertThat(share(512, 32, NO_EXTRA, 64, 1).problem())
        .isEqualTo(
            "512 in micro-batches of 32 gives 16 of them, which 64 replicas cannot share equally: set train.micro-batch=8, which keeps the batch of an update, or train.global-batch=2048, or distribution.executors=16");
  }

  @Test
  void replicasThatDoNotDivideTheBatchGetAnotherBatch() {
    assertThat(share(512, 32, NO_EXTRA, 24, 1).problem())
        .endsWith("cannot share equally: set train.global-batch=768, or distribution.executors=16");
    assertThat(share(512, 32, NO_EXTRA, 1, 5).problem())
        .endsWith(
            "which 5 replicas cannot share equally: set train.global-batch=640, or distribution.replicas=auto");
  }

  /** Half of a micro-batch of one image is no image. */
  @Test
  void aMicroBatchIsOnlyProposedIfASecondDataSetCanHaveItsShare() {
    ExtraDataConfig half = extra(Setting.of("drawn"));
    assertThat(share(512, 32, half, 256, 1).fittingMicroBatch()).hasValue(2);
    assertThat(share(512, 32, half, 512, 1).fittingMicroBatch()).isEmpty();
    assertThat(share(512, 32, NO_EXTRA, 512, 1).fittingMicroBatch()).hasValue(1);
  }

  /** Every proposal mends the share by itself; no larger micro-batch and no more executors do. */
  @Test
  void everyProposalMendsTheShare() {
    for (int executors = 1; executors <= 70; executors++) {
      for (int replicas : new int[] {1, 2, 3, 8}) {
        for (int micro : new int[] {1, 6, 16, 32}) {
          int batch = 480;
          LaneShare share = share(batch, micro, NO_EXTRA, executors, replicas);
          assertThat(share.isEqual()).isEqualTo(equal(batch, micro, executors * replicas));
          if (!share.isEqual()) {
            int all = executors * replicas;
            List<Integer> fitting = new ArrayList<>();
            for (int size = 1; size < micro; size++) {
              if (batch % size == 0 && equal(batch, size, all)) {
                fitting.add(size);
              }
            }
            assertThat(share.fittingMicroBatch().stream().boxed().toList())
                .isEqualTo(
                    fitting.isEmpty()
                        ? fitting
                        : fitting.subList(fitting.size() - 1, fitting.size()));
            long larger = share.fittingGlobalBatch().orElseThrow();
            assertThat(larger).isGreaterThan(batch).isLessThan(batch + (long) micro * all + 1);
            assertThat(larger / micro % all).isZero();
            share
                .fittingExecutors()
                .ifPresent(fewer -> assertThat(equal(batch, micro, fewer * replicas)).isTrue());
          }
        }
      }
    }
  }

  private static boolean equal(int batch, int micro, int replicas) {
    return batch / micro % replicas == 0;
  }

  private static LaneShare share(
      int batch, int micro, ExtraDataConfig extra, int executors, int replicas) {
    return new LaneShare(
        new TrainConfig(1, batch, micro, Setting.open(), Setting.open()),
        extra,
        executors,
        replicas);
  }

  private static ExtraDataConfig extra(Setting<String> path) {
    return new ExtraDataConfig(path, "train", 0.5);
  }
}
