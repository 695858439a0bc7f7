package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import io.robusttrain.data.DataException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorReportTest {
  private static final ErrorReport REPORT = ErrorReport.standard();

  @Test
  void knownFailuresSpeakForThemselves() {
    assertPrinted(
        new ConfigException(List.of(new Problem("x.conf:3", "a.b", "is wrong"))),
        ExitCode.USAGE,
        "error: 1 problem in the configuration:\n  x.conf:3: a.b: is wrong\n");
    assertPrinted(
        new DataException("shard cut short"), ExitCode.BAD_DATA, "error: shard cut short\n");
    assertPrinted(new IllegalArgumentException("no"), ExitCode.USAGE, "error: no\n");
  }

  @Test
  void findsTheKnownFailureBehindOthers() {
    Exception wrapped =
        new RuntimeException("job", new IOException(new DataException("cut short")));
    assertPrinted(wrapped, ExitCode.BAD_DATA, "error: cut short\n");
  }

  @Test
  void findsTheKnownFailureInTheTextOfSpark() {
    Exception spark =
        new RuntimeException(
            """
            Job aborted due to stage failure: Task 0 in stage 3.0 failed 1 times: \
            io.robusttrain.data.DataException: part-0.parquet: cut short
            fetch it again
            \tat io.robusttrain.data.Reader.read(Reader.java:1)

            Driver stacktrace:""");
    assertPrinted(spark, ExitCode.BAD_DATA, "error: part-0.parquet: cut short\nfetch it again\n");
  }

  @Test
  void unexpectedFailuresShowTheirTypeAndTheWayToTheTrace() {
    assertPrinted(
        new IllegalStateException("odd"),
        ExitCode.FAILED,
        "error: IllegalStateException: odd\n  --debug shows the stack trace\n");
    assertPrinted(
        new NullPointerException(),
        ExitCode.FAILED,
        "error: NullPointerException: no message\n  --debug shows the stack trace\n");
  }

  @Test
  void learnsOtherTypes() {
    StringWriter text = new StringWriter();
    ExitCode code =
        REPORT
            .with(ArithmeticException.class, ExitCode.GUARD)
            .print(
                new ArithmeticException("loss is NaN at step 7"),
                ErrorReport.Detail.STACK_TRACE,
                new PrintWriter(text));
    assertThat(code.number()).isEqualTo(4);
    assertThat(text.toString()).contains("\tat ").contains("error: loss is NaN at step 7");
  }

  private static void assertPrinted(Exception failure, ExitCode code, String expected) {
    StringWriter text = new StringWriter();
    assertThat(REPORT.print(failure, ErrorReport.Detail.MESSAGE, new PrintWriter(text)))
        .isEqualTo(code);
    assertThat(text.toString()).isEqualToNormalizingNewlines(expected);
  }
}
