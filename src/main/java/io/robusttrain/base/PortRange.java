package io.robusttrain.base;

import java.io.IOException;
import java.io.Serializable;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * Ports on which a process may listen.
 *
 * @param first the lowest, or 0 for any that is free
 * @param last the highest
 */
public record PortRange(int first, int last) implements Serializable {
  /** Any port that is free. */
  public static final PortRange ANY = new PortRange(0, 0);

  private static final int LARGEST = 65_535;

  public PortRange {
    boolean any = first == 0 && last == 0;
    if (!any && (first < 1 || first > last || last > LARGEST)) {
      throw new IllegalArgumentException("no range of ports: %d-%d".formatted(first, last));
    }
  }

  /**
   * A socket that listens on one address and on the first port of the range that is free there.
   *
   * @param backlog connections that may wait to be accepted
   * @throws IOException if there is no such port, or the address is not one of this machine
   */
  public ServerSocket listen(InetAddress address, int backlog) throws IOException {
    for (int port = first; ; port++) {
      try {
        return new ServerSocket(port, backlog, address);
      } catch (BindException taken) {
        if (port == last) {
          throw new IOException(
              "cannot listen on %s, ports %s: %s"
                  .formatted(address.getHostAddress(), this, taken.getMessage()),
              taken);
        }
      }
    }
  }

  /** As it is configured: {@code auto}, or {@code 40000-40099}. */
  @Override
  public String toString() {
    return first == 0 ? "auto" : first + "-" + last;
  }
}
