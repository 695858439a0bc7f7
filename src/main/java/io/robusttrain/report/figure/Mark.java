package io.robusttrain.report.figure;

/** A thing on a drawing; places are in pixels from the upper left corner. */
sealed interface Mark {
  /** A straight line. */
  record Line(double fromX, double fromY, double toX, double toY, int color, double width)
      implements Mark {}

  /** A filled circle. */
  record Dot(double x, double y, double radius, int color) implements Mark {}

  /**
   * A text of one line.
   *
   * @param y of its base line
   * @param anchor which part of the text lies at x
   * @param turned whether it is read from below to above
   */
  record Text(double x, double y, String words, int size, Anchor anchor, boolean turned)
      implements Mark {}

  /** The part of a text that lies at its place. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }
}
