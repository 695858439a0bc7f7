package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.base.DaemonThreads;
import io.robusttrain.storage.CountedOpens;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.InitialWeights;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What loads the images of a validation: once for each worker, however many replicas it has. */
class ValidatorTest {
  @TempDir private static Path folder;
  private static RunPlan plan;

  /** Forty images in units of four; row groups of sixteen. */
  @BeforeAll
  static void prepare() throws IOException {
    TinyRun.drawImages(folder);
    NativeRuntime.load();
    plan = TinyRun.of(folder, "validation.batch=4").plan("validated", CountedOpens.settings());
  }

  /**
   * What a validation found and read.
   *
   * @param reads how often a row group was read
   */
  private record Outcome(Validator.Found found, int reads) {}

  @Test
  void replicasOfAWorkerReadEachRowGroupOnce() {
    Outcome one = validate(1, 1);
    assertThat(one.found().counts().clean().samples()).isEqualTo(TinyRun.VALIDATION);
    assertThat(one.reads()).isEqualTo(3);
    assertThat(validate(1, 4)).usingRecursiveComparison().isEqualTo(one);
  }

  @Test
  void workersReadTheirOwnRowGroupsAndThoseAtTheirBorders() {
    Outcome two = validate(2, 2);
    assertThat(two.found()).usingRecursiveComparison().isEqualTo(validate(1, 1).found());
    assertThat(two.reads()).isEqualTo(4);
  }

  /** As when another replica failed, or the run ends, while the images are slow. */
  @Test
  void closingTheEngineEndsReplicasThatWaitForImages() throws Exception {
    RunPlan slow =
        TinyRun.of(folder, "validation.batch=14").plan("closed", HangingReads.settings());
    SummingEngine<ReplicaWorker> engine =
        new SummingEngine<>(1, 4, ReplicaWorker.factory(slow.job()));
    float[] weights = InitialWeights.random(slow.architecture(), 1);
    CountDownLatch reads = HangingReads.from("/validation/");
    ExecutorService threads = Executors.newCachedThreadPool(DaemonThreads.named("closing"));
    try {
      Future<?> validation =
          threads.submit(
              () -> new Validator(engine, slow.validation(), () -> 0).validate(weights, u -> true));
      assertThat(reads.await(60, TimeUnit.SECONDS)).isTrue();
      threads.submit(engine::close).get(60, TimeUnit.SECONDS);
      assertThatThrownBy(() -> validation.get(60, TimeUnit.SECONDS))
          .hasRootCauseExactlyInstanceOf(IllegalStateException.class)
          .hasRootCauseMessage("the loader was closed while its images were waited for");
    } finally {
      HangingReads.end();
      threads.shutdownNow();
    }
  }

  private static Outcome validate(int workers, int replicas) {
    try (SummingEngine<ReplicaWorker> engine =
        new SummingEngine<>(workers, replicas, ReplicaWorker.factory(plan.job()))) {
      CountedOpens.take();
      Validator.Found found =
          new Validator(engine, plan.validation(), () -> 0)
              .validate(InitialWeights.random(plan.architecture(), 1), units -> true)
              .orElseThrow();
      int reads =
          CountedOpens.take().entrySet().stream()
              .filter(file -> file.getKey().endsWith(".parquet"))
              .mapToInt(Map.Entry::getValue)
              .sum();
      return new Outcome(found, reads);
    }
  }
}
