package io.robusttrain.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;

/** Cuts cells into what JShell takes: one declaration, statement or expression at a time. */
final class CellParts {
  private static final Pattern LEADING = Pattern.compile("(?:\\s+|//[^\n]*|/\\*(?s:.*?)\\*/)*+");

  private CellParts() {}

  /**
   * One of them.
   *
   * @param offset of its first character in the cell
   * @param source as JShell takes it, from there
   * @param completeness what JShell says of it
   */
  record Part(int offset, String source, Completeness completeness) {
    /** Whether the cell ends in the middle of it. */
    boolean cut() {
      return completeness == Completeness.UNKNOWN
          || completeness == Completeness.DEFINITELY_INCOMPLETE;
    }

    /** The line of the cell on which it begins, counted from 0. */
    int line(String cell) {
      return (int) cell.substring(0, offset).chars().filter(c -> c == '\n').count();
    }
  }

  /** The parts in order; only the last may be cut, and reaches to the end of the cell then. */
  static List<Part> of(String cell, SourceCodeAnalysis analysis) {
    List<Part> parts = new ArrayList<>();
    int offset = 0;
    while (true) {
      offset += leading(cell.substring(offset));
      String rest = cell.substring(offset);
      CompletionInfo info = analysis.analyzeCompletion(rest);
      if (info.completeness() == Completeness.EMPTY) {
        break;
      }
      Part part = new Part(offset, info.source(), info.completeness());
      if (part.cut() || info.source() == null || info.remaining().length() == rest.length()) {
        parts.add(new Part(offset, rest, info.completeness()));
        break;
      }
      parts.add(part);
      offset = cell.length() - info.remaining().length();
    }
    return parts;
  }

  /** Blanks and comments in front; JShell would count lines of failures without them. */
  private static int leading(String code) {
    Matcher matcher = LEADING.matcher(code);
    return matcher.lookingAt() ? matcher.end() : 0;
  }
}
