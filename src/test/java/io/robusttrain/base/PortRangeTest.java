package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class PortRangeTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  @Test
  void listensOnTheFirstPortThatIsFree() throws IOException {
    try (ServerSocket any = PortRange.ANY.listen(HERE, 1)) {
      int taken = any.getLocalPort();
      PortRange range = new PortRange(taken, Math.min(65_535, taken + 20));
      try (ServerSocket next = range.listen(HERE, 1)) {
        assertThat(next.getLocalPort()).isBetween(taken + 1, range.last());
        assertThat(next.getInetAddress()).isEqualTo(HERE);
      }
    }
  }

  @Test
  void saysWhichPortsAreAllTaken() throws IOException {
    try (ServerSocket any = PortRange.ANY.listen(HERE, 1)) {
      PortRange one = new PortRange(any.getLocalPort(), any.getLocalPort());
      assertThatThrownBy(() -> one.listen(HERE, 1))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("cannot listen on 127.0.0.1, ports " + one + ": ");
    }
  }

  @Test
  void refusesWhatIsNoRange() {
    assertThat(PortRange.ANY).hasToString("auto");
    assertThatThrownBy(() -> new PortRange(2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no range of ports: 2-1");
    assertThatThrownBy(() -> new PortRange(0, 10)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new PortRange(1, 65_536)).isInstanceOf(IllegalArgumentException.class);
  }
}
