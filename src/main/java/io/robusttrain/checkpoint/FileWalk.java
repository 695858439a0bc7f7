package io.robusttrain.checkpoint;

import java.io.IOException;

/**
 * Files that lie one after another along a line of elements or lanes, each with a stretch of it:
 * visits those that hold part of a wanted stretch, each once. What a file holds is known when it is
 * open, so the walk begins where the wanted stretch should be and goes on to both sides until it is
 * covered. A guess that is right costs no file too many, one that is wrong only the way.
 */
final class FileWalk {
  private FileWalk() {}

  /** Elements {@code [from, to)} of the line, those that a file holds. */
  record Stretch(long from, long to) {}

  /** Opens a file, takes what is wanted of it, and says what it holds. */
  @FunctionalInterface
  interface Visit {
    Stretch at(int file) throws IOException;
  }

  /**
   * Visits the files that hold part of {@code [from, to)}, and a neighbour where only that one can
   * tell that nothing is missing.
   *
   * @param files how many there are, in the order of what they hold
   * @param guess the file that should hold {@code from}
   */
  static void over(int files, int guess, long from, long to, Visit visit) throws IOException {
    if (files == 0 || from >= to) {
      return;
    }
    int first = Math.max(0, Math.min(guess, files - 1));
    Stretch found = visit.at(first);
    long begin = found.from();
    for (int i = first - 1; i >= 0 && begin > from; i--) {
      begin = visit.at(i).from();
    }
    long end = found.to();
    for (int i = first + 1; i < files && end < to; i++) {
      end = visit.at(i).to();
    }
  }
}
