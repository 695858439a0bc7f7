package io.robusttrain.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.cluster.ExchangeFailure;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.NativeThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a meeting of workers begins, and that it can be given up long before c10d's minute. */
@Timeout(30)
class MeetingTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Set<NativeThread> THREADS = ConcurrentHashMap.newKeySet();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @BeforeAll
  static void load() {
    NativeRuntime.load();
  }

  private static Meeting meeting(int worker, Gathering all, Duration longest) {
    return new Meeting(new WorkerPlace(worker, 2, 1), "127.0.0.1", all, longest, PATIENCE);
  }

  private static GlooPeers meet(Meeting meeting) throws InterruptedException {
    NativeThread thread = new NativeThread("collective-meeting");
    THREADS.add(thread);
    return meeting.meet(thread);
  }

  private static List<Thread> connecting() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("collective-meeting"))
        .toList();
  }

  private static void assertNothingIsLeft() throws InterruptedException {
    THREADS.forEach(NativeThread::close);
    for (Thread thread : connecting()) {
      thread.join(10_000);
    }
    assertThat(connecting()).isEmpty();
  }

  /** What both bring, when both have come. */
  private static final class Both implements Gathering {
    private final CyclicBarrier here = new CyclicBarrier(2);
    private final byte[][] brought = new byte[2][];

    Gathering of(int worker) {
      return own -> {
        brought[worker] = own;
        return gather(own);
      };
    }

    @Override
    public List<byte[]> gather(byte[] own) throws InterruptedException {
      try {
        here.await();
        List<byte[]> all = List.of(brought[0], brought[1]);
        here.await();
        return all;
      } catch (BrokenBarrierException broken) {
        throw new IllegalStateException(broken);
      }
    }
  }

  @Test
  void twoWorkersMeetAndNeitherConnectsBeforeBothAreThere() throws Exception {
    Both both = new Both();
    List<Integer> early = new ArrayList<>();
    Gathering first =
        own -> {
          if (own.length == 0) {
            early.add(connecting().size());
          }
          return both.of(0).gather(own);
        };
    FutureTask<GlooPeers> other = new FutureTask<>(() -> meet(meeting(1, both.of(1), MINUTE)));
    new Thread(other, "worker 1").start();
    try (GlooPeers peers = meet(meeting(0, first, MINUTE));
        GlooPeers others = other.get()) {
      assertThat(peers.place().index()).isZero();
      assertThat(others.place().index()).isEqualTo(1);
    }
    assertThat(early).containsExactly(0);
    assertNothingIsLeft();
  }

  @Test
  void aMeetingEndsWithTheLineToTheDriver() throws Exception {
    Gathering ends =
        own -> {
          if (own.length > 0) {
            throw new ExchangeFailure("the driver is gone");
          }
          return List.of(own, own);
        };
    assertThatThrownBy(() -> meet(meeting(0, ends, MINUTE)))
        .isInstanceOf(ExchangeFailure.class)
        .hasMessage("the driver is gone");
    assertNothingIsLeft();
  }

  @Test
  void aMeetingThatIsGivenUpDoesNotWaitForWhoDoesNotConnect() throws Exception {
    Meeting[] meeting = new Meeting[1];
    Gathering addresses =
        own -> {
          if (own.length > 0) {
            // As another thread does while this one waits for the connections.
            meeting[0].abort();
          }
          return List.of(own, own);
        };
    // The thread that is left behind ends before another test looks for it.
    meeting[0] = meeting(0, addresses, Duration.ofSeconds(2));
    assertThatThrownBy(() -> meet(meeting[0]))
        .isInstanceOf(ExchangeFailure.class)
        .hasMessage("worker 0 gave the meeting up");
    assertNothingIsLeft();
  }
}
