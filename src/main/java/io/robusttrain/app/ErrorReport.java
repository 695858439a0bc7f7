package io.robusttrain.app;

import io.robusttrain.base.Secrets;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.data.DataException;
import io.robusttrain.doctor.DoctorException;
import io.robusttrain.run.RunDirectoryException;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.train.GuardException;
import io.robusttrain.train.recovery.RecoveryException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Turns a failure into one message and an exit code. Failures of known types speak for themselves;
 * they are found behind the exceptions that wrap them, also in the text that Spark makes of an
 * executor's exception. Anything else is unexpected: its type is shown, too. Secrets are masked.
 * Immutable and thread-safe.
 */
public final class ErrorReport {
  private static final int LONGEST_CHAIN = 50;

  private final Map<Class<? extends Throwable>, ExitCode> known;

  private ErrorReport(Map<Class<? extends Throwable>, ExitCode> known) {
    this.known = known;
  }

  /** Knows wrong configurations, bad data, illegal arguments and clusters that are not there. */
  public static ErrorReport standard() {
    return new ErrorReport(Map.of())
        .with(ConfigException.class, ExitCode.USAGE)
        .with(DataException.class, ExitCode.BAD_DATA)
        .with(StandaloneMaster.UnreachableException.class, ExitCode.FAILED);
  }

  /** Knows everything that a run throws, too. */
  public static ErrorReport ofRuns() {
    return standard()
        .with(CheckpointException.class, ExitCode.USAGE)
        .with(RunDirectoryException.class, ExitCode.USAGE)
        .with(DoctorException.class, ExitCode.USAGE)
        .with(GuardException.class, ExitCode.GUARD)
        .with(RecoveryException.class, ExitCode.FAILED)
        .with(RunLeaseException.class, ExitCode.FAILED);
  }

  /** Knows another type, whose messages a user can act on. */
  public ErrorReport with(Class<? extends Throwable> type, ExitCode code) {
    Map<Class<? extends Throwable>, ExitCode> types = new LinkedHashMap<>(known);
    types.put(type, code);
    return new ErrorReport(types);
  }

  /** Which stack traces are printed. */
  public enum Detail {
    MESSAGE,
    /** The message after the stack trace. */
    STACK_TRACE
  }

  /**
   * Prints a failure.
   *
   * @param failure what was thrown
   * @param detail whether the stack trace is printed, too
   * @param err where to; flushed
   * @return the exit code that belongs to it
   */
  public ExitCode print(Throwable failure, Detail detail, PrintWriter err) {
    Finding finding = find(failure);
    if (detail == Detail.STACK_TRACE) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace, true));
      err.print(Secrets.masked(trace.toString()));
    }
    err.println("error: " + Secrets.masked(finding.message()));
    if (finding.code() == ExitCode.FAILED && detail == Detail.MESSAGE) {
      err.println("  --debug shows the stack trace");
    }
    err.flush();
    return finding.code();
  }

  /** What a failure says to people, without secrets, and the exit code that belongs to it. */
  public Finding explain(Throwable failure) {
    Finding finding = find(failure);
    return new Finding(Secrets.masked(finding.message()), finding.code());
  }

  private Finding find(Throwable failure) {
    Throwable link = failure;
    for (int i = 0; link != null && i < LONGEST_CHAIN; i++) {
      Optional<Finding> finding = recognise(link);
      if (finding.isPresent()) {
        return finding.get();
      }
      link = link.getCause();
    }
    String message = failure.getMessage() == null ? "no message" : failure.getMessage();
    if (failure instanceof IllegalArgumentException) {
      return new Finding(message, ExitCode.USAGE);
    }
    return new Finding(failure.getClass().getSimpleName() + ": " + message, ExitCode.FAILED);
  }

  private Optional<Finding> recognise(Throwable link) {
    for (Map.Entry<Class<? extends Throwable>, ExitCode> entry : known.entrySet()) {
      if (entry.getKey().isInstance(link)) {
        return Optional.of(new Finding(String.valueOf(link.getMessage()), entry.getValue()));
      }
      Optional<String> quoted = quoted(entry.getKey(), link.getMessage());
      if (quoted.isPresent()) {
        return Optional.of(new Finding(quoted.get(), entry.getValue()));
      }
    }
    return Optional.empty();
  }

  /**
   * Spark reports an executor's exception as text: its type, a colon, its message, the stack trace.
   */
  private static Optional<String> quoted(Class<?> type, String text) {
    String mark = type.getName() + ": ";
    int start = text == null ? -1 : text.indexOf(mark);
    if (start < 0) {
      return Optional.empty();
    }
    int end = text.indexOf("\n\tat ", start);
    return Optional.of(text.substring(start + mark.length(), end < 0 ? text.length() : end));
  }

  /**
   * What a failure says.
   *
   * @param message to people
   * @param code the exit code that belongs to it
   */
  public record Finding(String message, ExitCode code) {}
}
