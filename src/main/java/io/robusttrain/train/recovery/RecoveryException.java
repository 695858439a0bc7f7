package io.robusttrain.train.recovery;

import java.util.List;
import java.util.stream.Collectors;

/** A run was disturbed more often than it may be; its newest checkpoint is untouched. */
public final class RecoveryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Says in one message what disturbed the run.
   *
   * @param failures what ended its attempts since it last got further, the first one first; not
   *     empty
   */
  RecoveryException(List<? extends RuntimeException> failures) {
    super(message(failures), failures.get(0));
  }

  private static String message(List<? extends RuntimeException> failures) {
    String first = String.valueOf(failures.get(0).getMessage());
    String later =
        failures.stream()
            .skip(1)
            .map(failure -> "%n  then: %s".formatted(firstLine(failure)))
            .collect(Collectors.joining());
    return "%s%s%n  submit the same run id again to go on from its newest checkpoint"
        .formatted(first, later);
  }

  static String firstLine(RuntimeException failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("").strip();
  }
}
