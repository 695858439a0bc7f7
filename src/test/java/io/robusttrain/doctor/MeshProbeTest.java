package io.robusttrain.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.doctor.MeshProbe.Door;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Finding.Verdict;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import io.robusttrain.doctor.check.Place.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whether executors reach each other as workers of the collective engine do. */
@Timeout(30)
class MeshProbeTest {
  private static final String WORD = "0123456789abcdef";
  private static final int MILLIS = 5_000;
  private static final Place ONE = new Place(Role.EXECUTOR, "1", "a");
  private static final Place TWO = new Place(Role.EXECUTOR, "2", "b");

  @Test
  void anOpenDoorAnswersUntilItIsClosed() throws IOException {
    Door door = MeshProbe.open(WORD, "127.0.0.1");
    assertThat(door.problem()).isEmpty();
    Map<String, Door> doors = Map.of("1", new Door("127.0.0.1", 1, ""), "2", door);
    assertThat(MeshProbe.knock(WORD, "1", doors, MILLIS)).isEmpty();
    assertThat(MeshProbe.knock(WORD, "1", doors, MILLIS)).isEmpty();
    assertThat(MeshProbe.close(WORD)).isTrue();
    assertThat(MeshProbe.close(WORD)).isFalse();
  }

  @Test
  void aDoorThatNobodyOpenedIsRefused() throws IOException {
    int free;
    try (ServerSocket before = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = before.getLocalPort();
    }
    assertThat(MeshProbe.knock(WORD, "1", Map.of("2", new Door("127.0.0.1", free, "")), MILLIS))
        .singleElement()
        .asString()
        .startsWith("executor 2 at 127.0.0.1:" + free + ": ")
        .contains("refused");
  }

  @Test
  void whoeverElseAnswersIsNoExecutor() throws IOException {
    Door door = MeshProbe.open("fedcba9876543210", "127.0.0.1");
    try {
      assertThat(MeshProbe.knock(WORD, "1", Map.of("2", door), MILLIS))
          .containsExactly(
              "executor 2 at 127.0.0.1:%d: somebody else answers".formatted(door.port()));
    } finally {
      MeshProbe.close("fedcba9876543210");
    }
  }

  @Test
  void silenceIsNotWaitedForForEver() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 4, InetAddress.getLoopbackAddress())) {
      Door door = new Door("127.0.0.1", silent.getLocalPort(), "");
      assertThat(MeshProbe.knock(WORD, "0", Map.of("1", door, "2", door, "3", door, "4", door), 10))
          .hasSize(4)
          .last()
          .isEqualTo("no further one was tried");
    }
  }

  @Test
  void anAddressOfAnotherMachineCannotBeListenedOn() {
    // Of the block that is for documentation.
    assertThat(MeshProbe.open(WORD, "192.0.2.1").problem())
        .startsWith("cannot listen on its own address 192.0.2.1: ");
  }

  @Test
  void whoReachesOthersSharesALineAndTroubleHasOneOfItsOwn() {
    Map<Place, Door> doors = Map.of(ONE, new Door("a", 1, ""), TWO, new Door("b", 2, ""));
    assertThat(MeshProbe.judge(doors, Map.of(ONE, List.of(), TWO, List.of())))
        .containsExactly(
            new Line("mesh", List.of(ONE, TWO), Finding.ok("connects to every other executor")));
    List<String> refused = List.of("executor 2 at b:2: refused");
    List<Line> lines = MeshProbe.judge(doors, Map.of(ONE, refused));
    assertThat(lines).extracting(line -> line.finding().verdict()).containsOnly(Verdict.FAILED);
    assertThat(lines)
        .extracting(line -> line.finding().text())
        .containsExactly(
            "cannot connect to executor 2 at b:2: refused", "does not say whom it reaches");
    assertThat(lines.get(0).finding().remedy()).endsWith("or set distribution.engine=bigdl");
  }
}
