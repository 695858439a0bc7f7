package io.robusttrain.evaluate.plan;

/** Which images of a split are evaluated. */
public sealed interface SampleChoice {
  record All() implements SampleChoice {}

  /**
   * Those with the smallest ids.
   *
   * @param count how many
   */
  record First(int count) implements SampleChoice {}

  /**
   * Drawn without replacement.
   *
   * @param count how many
   * @param seed of the draw
   */
  record Drawn(int count, long seed) implements SampleChoice {}

  /**
   * Those that a text file lists, one id or one file name a line; lines that start with {@code #}
   * do not count.
   *
   * @param file on any Hadoop file system
   */
  record Listed(String file) implements SampleChoice {}
}
