package io.robusttrain.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.base.PortRange;
import io.robusttrain.engine.EngineContract;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.QuadraticWorker;
import io.robusttrain.engine.Recorder;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerFailure;
import io.robusttrain.tensor.NativeRuntime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine on collectives: the contract of all engines, and what ends its stages. */
@Tag("slow")
class CollectiveEngineTest extends EngineContract {
  @Override
  protected TrainingEngine<QuadraticWorker> engine(
      int count, int replicas, OptionalDouble maxNorm, WorkerFactory<QuadraticWorker> factory) {
    return new CollectiveEngine<>(
        spark, new CollectiveOptions(count, replicas, SIZE, 5, maxNorm), factory);
  }

  @Override
  protected void assertNothingLeft() {
    for (Thread thread : ownThreads()) {
      try {
        thread.join(10_000);
      } catch (InterruptedException stopped) {
        throw new IllegalStateException(stopped);
      }
    }
    assertThat(ownThreads()).isEmpty();
  }

  private static List<Thread> ownThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("collective-"))
        .toList();
  }

  @Test
  @Timeout(60)
  void oneWorkersExceptionEndsTheOthersAndIsNamed() {
    workers.onLoad(
        (worker, step) -> {
          if (worker == 1 && step == 2) {
            throw new ArithmeticException("worker 1 cannot");
          }
        });
    try (TrainingEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), -1)) {
      assertThatThrownBy(() -> engine.run(start(), 0, 5, new Recorder()))
          .isInstanceOf(WorkerFailure.class)
          .hasMessage("worker 1 cannot");
      workers.onLoad((worker, step) -> {});
      Recorder again = new Recorder();
      engine.run(start(), 0, 5, again);
      assertThat(again.reports).hasSize(5);
    }
    assertThat(workers.alive()).isZero();
    assertNothingLeft();
  }

  @Test
  @Timeout(60)
  void aWorkersErrorIsNamedAsItsExceptionsAre() {
    workers.onLoad(
        (worker, step) -> {
          if (worker == 1 && step == 2) {
            throw new NoClassDefFoundError("a/Missing");
          }
        });
    try (TrainingEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), -1)) {
      assertThatThrownBy(() -> engine.run(start(), 0, 5, new Recorder()))
          .isInstanceOf(WorkerFailure.class)
          .hasMessage("java.lang.NoClassDefFoundError: a/Missing")
          .hasCauseInstanceOf(NoClassDefFoundError.class);
    }
    assertThat(workers.alive()).isZero();
    assertNothingLeft();
  }

  @Test
  @Timeout(60)
  void aWorkerThatStandsStillEndsWithTheEngineThatIsGivenUp() throws Exception {
    CountDownLatch standing = new CountDownLatch(1);
    workers.onLoad(
        (worker, step) -> {
          if (worker == 1 && step == 2) {
            standing.countDown();
            new CountDownLatch(1).await();
          }
        });
    TrainingEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), -1);
    Recorder recorder = new Recorder();
    FutureTask<Void> run =
        new FutureTask<>(
            () -> {
              engine.run(start(), 0, 5, recorder);
              return null;
            });
    new Thread(run, "driver").start();
    standing.await();
    engine.abandon("no step ended for 1 s");
    assertThatThrownBy(run::get)
        .hasCauseInstanceOf(EngineOutage.class)
        .cause()
        .hasMessage("no step ended for 1 s");
    assertThat(recorder.reports).extracting(StepReport::step).containsExactly(0L, 1L);
    engine.close();
    workers.onLoad((worker, step) -> {});
    try (TrainingEngine<QuadraticWorker> next = engine(2, 1, OptionalDouble.empty(), -1)) {
      next.run(start(), 0, 5, new Recorder());
    }
    assertThat(workers.alive()).isZero();
    assertNothingLeft();
  }

  @Test
  void aRangeWithoutAFreePortIsRefusedBeforeAnythingIsBegun() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(host()))) {
      int port = taken.getLocalPort();
      CollectiveOptions options =
          new CollectiveOptions(
              2,
              1,
              SIZE,
              5,
              OptionalDouble.empty(),
              new CollectiveOptions.Links(
                  new PortRange(port, port), 1, CollectiveOptions.Links.PATIENCE, true),
              Duration.ofSeconds(1));
      assertThatThrownBy(() -> new CollectiveEngine<>(spark, options, workers.factory(5, -1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageMatching(
              "cannot listen on .*, ports %1$d-%1$d: .*: widen distribution.ports, or correct spark.driver.bindAddress"
                  .formatted(port));
    }
    assertThat(workers.alive()).isZero();
  }

  private static String host() {
    return spark
        .conf()
        .get("spark.driver.bindAddress", spark.env().blockManager().blockManagerId().host());
  }

  /** Sockets, threads and native objects go with the steps that needed them. */
  @Test
  @Timeout(60)
  void stagesLeaveNothingBehind() throws Exception {
    Recorder pausing =
        new Recorder() {
          @Override
          public boolean pausesAfter(long step) {
            return true;
          }
        };
    try (TrainingEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), -1)) {
      engine.run(start(), 0, 5, pausing);
      long sockets = sockets();
      long handles = NativeRuntime.liveHandles();
      engine.run(start(), 5, 15, pausing);
      assertThat(sockets()).isLessThanOrEqualTo(sockets);
      assertThat(NativeRuntime.liveHandles()).isLessThanOrEqualTo(handles);
    }
    assertNothingLeft();
  }

  /** Of this process. */
  private static long sockets() throws IOException {
    long count = 0;
    try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path file : open) {
        try {
          count += Files.readSymbolicLink(file).toString().startsWith("socket:") ? 1 : 0;
        } catch (NoSuchFileException closed) {
          // It was that of the listing itself, or of another thread.
        }
      }
    }
    return count;
  }

  @Test
  void canBeClosedTwice() {
    TrainingEngine<QuadraticWorker> engine = engine(1, 1, OptionalDouble.empty(), -1);
    engine.close();
    engine.close();
    assertThat(workers.alive()).isZero();
  }
}
