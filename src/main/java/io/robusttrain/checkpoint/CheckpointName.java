package io.robusttrain.checkpoint;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Name of a checkpoint and its place in the order of a run: {@code epoch-0007} after 7 completed
 * epochs, {@code epoch-0007-step-000001234} when 1234 optimiser steps of the run were done and 7
 * epochs completed. The one at an epoch's end comes before those between that end and the next.
 *
 * @param epoch completed epochs, at least 0
 * @param step completed optimiser steps of the run; -1 at an epoch's end
 */
record CheckpointName(int epoch, long step) implements Comparable<CheckpointName> {
  private static final long AT_EPOCH_END = -1;
  private static final Pattern TEXT =
      Pattern.compile("epoch-(?<epoch>\\d{4,9})(-step-(?<step>\\d{9,18}))?");
  private static final Comparator<CheckpointName> ORDER =
      Comparator.comparingInt(CheckpointName::epoch).thenComparingLong(CheckpointName::step);

  CheckpointName {
    if (epoch < 0 || step < AT_EPOCH_END) {
      throw new IllegalArgumentException("Epoch %d and step %d are counts.".formatted(epoch, step));
    }
  }

  /** Names the checkpoint at the end of an epoch. */
  CheckpointName(int epoch) {
    this(epoch, AT_EPOCH_END);
  }

  /** Reads what {@link #toString} wrote; empty for any other text. */
  static Optional<CheckpointName> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int epoch = Integer.parseInt(matcher.group("epoch"));
    String step = matcher.group("step");
    CheckpointName name =
        step == null ? new CheckpointName(epoch) : new CheckpointName(epoch, Long.parseLong(step));
    // A count has one spelling: epoch-00007 would be a second directory of the same checkpoint.
    return name.toString().equals(text) ? Optional.of(name) : Optional.empty();
  }

  /**
   * Reads what {@link #toString} wrote.
   *
   * @throws IllegalArgumentException if the text names no checkpoint
   */
  static CheckpointName of(String text) {
    return parse(text)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "A checkpoint is called epoch-0007 or epoch-0007-step-000001234, not '%s'."
                        .formatted(text)));
  }

  boolean atEpochEnd() {
    return step == AT_EPOCH_END;
  }

  @Override
  public int compareTo(CheckpointName other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return atEpochEnd()
        ? "epoch-%04d".formatted(epoch)
        : "epoch-%04d-step-%09d".formatted(epoch, step);
  }
}
