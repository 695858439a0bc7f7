package io.robusttrain.app;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;

/**
 * The masters of a standalone cluster. Where none is there, Spark ends after a minute and some
 * stack traces with whatever its half-made context throws, such as a NullPointerException.
 */
final class StandaloneMaster {
  private static final String PREFIX = "spark://";
  private static final Pattern ADDRESS = Pattern.compile("(.+):(\\d{1,5})");
  private static final int PATIENCE_MILLIS = 5_000;

  private StandaloneMaster() {}

  /**
   * Asks the masters that the settings name, if they name any, whether one is there.
   *
   * @throws UnreachableException if none takes a connection, within some seconds for each
   */
  static void require(SparkConf settings) {
    missing(settings)
        .ifPresent(
            problem -> {
              throw new UnreachableException(problem, null);
            });
  }

  /** What a failure to open a context means: itself, or that no master is there. */
  static RuntimeException explained(RuntimeException failure, SparkConf settings) {
    return missing(settings)
        .<RuntimeException>map(problem -> new UnreachableException(problem, failure))
        .orElse(failure);
  }

  private static Optional<String> missing(SparkConf settings) {
    String master = settings.get("spark.master", "");
    if (!master.startsWith(PREFIX)) {
      return Optional.empty();
    }
    List<String> problems = new ArrayList<>();
    for (String address : Arrays.asList(master.substring(PREFIX.length()).split(","))) {
      Optional<String> problem = problem(address);
      if (problem.isEmpty()) {
        return Optional.empty();
      }
      problems.add(address + ": " + problem.get());
    }
    return Optional.of(
        "no Spark master is at %s (%s): start the cluster, or correct the address"
            .formatted(master, String.join("; ", problems)));
  }

  private static Optional<String> problem(String address) {
    Matcher parts = ADDRESS.matcher(address);
    if (!parts.matches()) {
      // Spark knows what it takes for an address.
      return Optional.empty();
    }
    try (Socket socket = new Socket()) {
      int port = Math.min(Integer.parseInt(parts.group(2)), 0xffff);
      socket.connect(new InetSocketAddress(parts.group(1), port), PATIENCE_MILLIS);
      return Optional.empty();
    } catch (UnknownHostException unknown) {
      return Optional.of("the host is not known");
    } catch (IOException failure) {
      return Optional.of(String.valueOf(failure.getMessage()));
    }
  }

  /** No master takes a connection. */
  static final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreachableException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
