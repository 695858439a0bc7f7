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
        ControlLine line =
            new ControlLine(
                at(listening, WORD), new WorkerPlace(0, 2, 1), WEIGHTS.length - 1, () -> {})) {
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
                      at(listening, "fedcba9876543210"), new WorkerPlace(0, 2, 1), 1, () -> {}))
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
            at(listening, WORD), new WorkerPlace(1, 2, 1), 1, () -> ended.add("ended"))) {
      assertThat(stays.slice()).isEmpty();
      assertThat(heard.take()).isEqualTo("connected 1");
      new ControlLine(at(listening, WORD), new WorkerPlace(0, 2, 1), WEIGHTS.length - 1, () -> {})
          .close();
      assertThat(heard.take()).isEqualTo("connected 0");
      assertThat(heard.take()).isEqualTo("left 0");
      server.close();
      assertThat(ended.take()).isEqualTo("ended");
      assertThatThrownBy(() -> stays.mayRun(3))
          .isInstanceOf(ExchangeFailure.class)
          .hasMessageEndingWith("has given up step 3 or is gone");
    }
  }

  @Test
  void workersWaitForEachOtherAndGetWhatAllBring() throws Exception {
    ServerSocket listening = listen();
    try (ControlServer server = server(listening);
        ControlLine first =
            new ControlLine(
                at(listening, WORD), new WorkerPlace(0, 2, 1), WEIGHTS.length - 1, () -> {});
        ControlLine second =
            new ControlLine(at(listening, WORD), new WorkerPlace(1, 2, 1), 1, () -> {})) {
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
