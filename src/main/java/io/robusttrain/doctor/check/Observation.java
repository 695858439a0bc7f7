package io.robusttrain.doctor.check;

import java.io.Serializable;

/**
 * What a check brought back from a process: facts, or why there are none.
 *
 * @param facts null if it failed
 * @param failure empty if there are facts
 */
public record Observation(Serializable facts, String failure) implements Serializable {
  public static Observation of(Serializable facts) {
    return new Observation(facts, "");
  }

  public static Observation failed(Throwable thrown) {
    return new Observation(null, text(thrown));
  }

  /** The innermost cause of a failure in one line. */
  public static String text(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    String type = cause.getClass().getSimpleName();
    return cause.getMessage() == null ? type : type + ": " + firstLine(cause.getMessage());
  }

  public static Observation hanging(long seconds) {
    return new Observation(null, "did not end within " + seconds + " s");
  }

  private static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }
}
