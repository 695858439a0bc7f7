package io.robusttrain.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.base.PortRange;
import io.robusttrain.cluster.ExchangeFailure;
import io.robusttrain.engine.SampleFault;
import io.robusttrain.engine.StepFault;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerReport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lines between driver and workers: who is let in, what travels, and what an end means. */
@Timeout(60)
class ControlLinesTest {
  private static final String WORD = "0123456789abcdef";
  private static final float[] WEIGHTS = weights();
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final BlockingQueue<StepMessage> messages = new LinkedBlockingQueue<>();

  /** More than one chunk of them. */
  private static float[] weights() {
    float[] weights = new float[100_003];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) Math.sin(i);
    }
    return weights;
  }

  private final class Ear implements ControlServer.Listener {
    @Override
    public void connected(int worker) {
      heard.add("connected " + worker);
    }

    @Override
    public void reported(int worker, StepMessage message) {
      messages.add(message);
    }

    @Override
    public void left(int worker, String why) {
      heard.add("left " + worker);
    }

    @Override
    public void broke(String why) {
      heard.add(why);
    }
  }

  private ControlServer server(ServerSocket listening) {
    return new ControlServer(
        listening,
        WORD,
        2,
        (worker, out) -> {
          out.writeBoolean(worker == 0);
          if (worker == 0) {
            FloatStream.write(out, WEIGHTS, 1, WEIGHTS.length - 1);
          }
        },
        new Ear());
  }

  private static ServerSocket listen() throws IOException {
    return PortRange.ANY.listen(InetAddress.getLoopbackAddress(), 2);
  }

  private static LegPlan.Address at(ServerSocket listening, String word) {
    return new LegPlan.Address("127.0.0.1", listening.getLocalPort(), word);
  }

  @Test
  void weightsGoOneWayAndReportsTheOther() throws Exception {
    ServerSocket listening = listen();
    try (ControlServer server = server(listening);
        ControlLine line = line(listening, 0)) {
      assertThat(heard.take()).isEqualTo("connected 0");
      float[] slice = line.slice().orElseThrow();
      assertThat(slice).hasSize(WEIGHTS.length - 1);
      assertThat(slice[0]).isEqualTo(WEIGHTS[1]);
      assertThat(slice[slice.length - 1]).isEqualTo(WEIGHTS[WEIGHTS.length - 1]);
      server.allow(8);
      assertThat(line.mayRun(7)).isTrue();
      WorkerReport report =
          new WorkerReport(
              7,
              3,
              2,
              0.25,
              0.5,
              0.125,
              0.0625,
              Double.NaN,
              6,
              1L << 40,
              9,
              List.of(new StepFault(7, 1, "the output of conv1")),
              List.of(new SampleFault(12, "a bad image in part-0: \u00e9")));
      StepMessage message = new StepMessage(7, 0.5, Double.NaN, true, report);
      line.report(message);
      assertThat(messages.take()).isEqualTo(message);
      server.allow(ControlServer.REST);
      assertThat(line.mayRun(8)).isFalse();
    }
  }

  @Test
  void whoDoesNotKnowTheWordIsNotLetIn() throws Exception {
    ServerSocket listening = listen();
    try (ControlServer server = server(listening)) {
      assertThatThrownBy(
              () ->
                  new ControlLine(
                      at(listening, "fedcba9876543210"),
                      new WorkerPlace(0, 2, 1),
                      1,
                      ANSWER,
                      () -> {}))
          .isInstanceOf(ExchangeFailure.class)
          .hasMessageStartingWith("worker 0 cannot reach the driver at 127.0.0.1:");
      assertThat(heard).isEmpty();
      server.allow(1);
    }
  }

  @Test
  void aLineThatEndsIsNoticedAtBothEnds() throws Exception {
    ServerSocket listening = listen();
    BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    ControlServer server = server(listening);
    try (ControlLine stays =
        new ControlLine(
            at(listening, WORD), new WorkerPlace(1, 2, 1), 1, ANSWER, () -> ended.add("ended"))) {
      assertThat(stays.slice()).isEmpty();
      assertThat(heard.take()).isEqualTo("connected 1");
      line(listening, 0).close();
      assertThat(heard.take()).isEqualTo("connected 0");
      assertThat(heard.take()).isEqualTo("left 0");
      server.close();
      assertThat(ended.take()).isEqualTo("ended");
      assertThatThrownBy(() -> stays.mayRun(3))
          .isInstanceOf(ExchangeFailure.class)
          .hasMessageEndingWith("has given up step 3 or is gone");
    }
  }

  /** Connections that say nothing cost a thread each, and must not keep workers out. */
  @Test
  void theOldestStrangerGoesWhenThereAreTooMany() throws Exception {
    ServerSocket listening = listen();
    List<Socket> strangers = new ArrayList<>();
    try (ControlServer server = server(listening)) {
      for (int i = 0; i < 2 + 32 + 1; i++) {
        strangers.add(new Socket(listening.getInetAddress(), listening.getLocalPort()));
      }
      assertThat(strangers.get(0).getInputStream().read()).isEqualTo(-1);
      try (ControlLine line = line(listening, 1)) {
        assertThat(heard.take()).isEqualTo("connected 1");
        server.allow(1);
        assertThat(line.mayRun(0)).isTrue();
      }
    } finally {
      for (Socket stranger : strangers) {
        stranger.close();
      }
    }
  }

  private static ControlLine line(ServerSocket listening, int worker) {
    int length = worker == 0 ? WEIGHTS.length - 1 : 1;
    return new ControlLine(
        at(listening, WORD), new WorkerPlace(worker, 2, 1), length, ANSWER, () -> {});
  }

  @Test
  void nobodyListensWhenAllAreThere() throws Exception {
    ServerSocket listening = listen();
    try (ControlServer server = server(listening);
        ControlLine first = line(listening, 0);
        ControlLine second = line(listening, 1)) {
      assertThat(List.of(heard.take(), heard.take()))
          .containsExactlyInAnyOrder("connected 0", "connected 1");
      assertThat(listening.isClosed()).isTrue();
      server.allow(1);
      assertThat(first.mayRun(0)).isTrue();
      assertThat(second.mayRun(0)).isTrue();
    }
  }

  @Test
  void whoCannotListenAnyMoreSaysSo() throws Exception {
    ServerSocket broken =
        new ServerSocket(0, 2, InetAddress.getLoopbackAddress()) {
          @Override
          public Socket accept() throws IOException {
            throw new IOException("Too many open files");
          }
        };
    try (ControlServer server = server(broken)) {
      assertThat(heard.take())
          .isEqualTo(
              "the driver can let in no more workers: java.io.IOException: Too many open files");
      server.allow(1);
    }
  }

  @Test
  void aDriverThatSaysNothingIsNotWaitedForForEver() throws Exception {
    try (ServerSocket listening = listen()) {
      assertThatThrownBy(
              () ->
                  new ControlLine(
                      at(listening, WORD),
                      new WorkerPlace(0, 2, 1),
                      1,
                      Duration.ofMillis(20),
                      () -> {}))
          .isInstanceOf(ExchangeFailure.class)
          .hasMessageMatching("worker 0 cannot reach the driver at 127.0.0.1:\\d+: .*timed out.*");
    }
  }

  @Test
  void workersWaitForEachOtherAndGetWhatAllBring() throws Exception {
    ServerSocket listening = listen();
    try (ControlServer server = server(listening);
        ControlLine first = line(listening, 0);
        ControlLine second = line(listening, 1)) {
      for (int round = 0; round < 3; round++) {
        byte[] zero = {(byte) round, 0};
        byte[] one = {(byte) round, 1};
        FutureTask<List<byte[]>> others = new FutureTask<>(() -> first.gather(zero));
        new Thread(others, "first").start();
        assertThat(second.gather(one)).containsExactly(zero, one);
        assertThat(others.get()).containsExactly(zero, one);
      }
      server.allow(1);
      assertThat(first.mayRun(0)).isTrue();
    }
  }
}
