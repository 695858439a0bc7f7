package io.robusttrain.storage;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;

/**
 * The storage cannot be reached, and may be again: its servers restart, or the network is cut. What
 * no waiting mends, as a full disk or a missing permission, is something else.
 */
public final class StorageAwayException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What no waiting mends, whatever else a failure says. */
  private static final List<String> REFUSALS =
      List.of("accesscontrolexception", "accessdeniedexception", "permission denied");

  /** How connections, HDFS and object stores say it, in names of exceptions or in words. */
  private static final List<String> SIGNS =
      List.of(
          "connection refused",
          "connection reset",
          "connection timed out",
          "broken pipe",
          "no route to host",
          "host is down",
          "end of file exception between",
          "safemodeexception",
          "is in safe mode",
          "standbyexception",
          "not supported in state standby",
          "retriableexception",
          "all datanodes",
          "failed to replace a bad datanode",
          "there are 0 datanode(s) running",
          "blockmissingexception",
          "could not obtain block",
          "awsnoresponseexception",
          "awsstatus500exception",
          "awsservicethrottledexception",
          "unable to execute http request",
          "transport endpoint is not connected",
          "stale file handle");

  /** The message says what could not be reached, and for how long. */
  public StorageAwayException(String message, Throwable cause) {
    super(message, cause);
  }

  /** As {@link #StorageAwayException(String, Throwable)}, of a failure on another machine. */
  public StorageAwayException(String message) {
    super(message);
  }

  /** Whether this is what a storage looks like that cannot be reached. */
  public static boolean says(Throwable failure) {
    if (StorageFullException.says(failure)) {
      return false;
    }
    boolean away = false;
    for (Throwable link = failure; link != null; link = link.getCause()) {
      String text = link.toString().toLowerCase(Locale.ROOT);
      if (REFUSALS.stream().anyMatch(text::contains)) {
        return false;
      }
      away |=
          link instanceof StorageAwayException
              || link instanceof SocketException
              || link instanceof SocketTimeoutException
              || link instanceof UnknownHostException
              || SIGNS.stream().anyMatch(text::contains);
    }
    return away;
  }
}
