package io.robusttrain.collective;

import java.io.Serializable;
import java.time.Duration;

/**
 * What the workers must know of the steps between two pauses before they begin.
 *
 * @param run the name under which a process knows its worker
 * @param number how often workers had begun to run steps before; steps may come again
 * @param first the first step
 * @param end the step after the last one that may come before the next pause
 * @param shape the flat vector
 * @param threads of the arithmetic between the workers' own
 * @param patience the longest that a worker waits for another one
 * @param overlap exchange while samples are loaded and gradients computed
 * @param driver where the driver listens
 */
record LegPlan(
    String run,
    int number,
    long first,
    long end,
    Shape shape,
    int threads,
    Duration patience,
    boolean overlap,
    Address driver)
    implements Serializable {
  /**
   * The flat vector, and what becomes of its gradient.
   *
   * @param size its elements
   * @param parameterCount the leading ones that are parameters
   * @param maxNorm clip gradients to this norm; NaN: do not
   */
  record Shape(int size, int parameterCount, double maxNorm) implements Serializable {
    boolean clips() {
      return !Double.isNaN(maxNorm);
    }
  }

  /**
   * Where the driver listens, and the word that only its workers know.
   *
   * @param host name or address
   * @param port of the driver's process
   * @param word random bytes in hexadecimal digits, of this leg alone
   */
  record Address(String host, int port, String word) implements Serializable {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }
}
