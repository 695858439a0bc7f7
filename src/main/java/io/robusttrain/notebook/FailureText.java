package io.robusttrain.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.Diag;

/** Writes what went wrong in a cell as one block that begins with the line that it happened on. */
final class FailureText {
  private static final int MOST_PROBLEMS = 5;
  private static final int MOST_FRAMES = 6;

  /** What Java says where it finds no class for a lambda. */
  private static final String FOREIGN_LAMBDA = "java.lang.invoke.SerializedLambda";

  private static final String FOREIGN_LAMBDA_REMEDY =
      "executors of a cluster do not have the classes of cells: write the expression over columns, or work on a local master";

  private static final String RED = "\u001b[1;31m";
  private static final String PLAIN = "\u001b[0m";

  private FailureText() {}

  /**
   * Where a snippet stands.
   *
   * @param cell its number in the notebook's order of execution
   * @param code of the whole cell
   * @param line on which the snippet begins, counted from 0
   */
  record Origin(int cell, String code, int line) {
    String codeOf(int lineOfSnippet) {
      return code.lines().skip(line + lineOfSnippet - 1L).findFirst().orElse("").strip();
    }
  }

  /**
   * What the compiler refused.
   *
   * @param part of the cell that it refused
   */
  static CellFailure ofCompiler(String cell, CellParts.Part part, Stream<Diag> diagnostics) {
    List<Diag> errors = diagnostics.filter(Diag::isError).limit(MOST_PROBLEMS).toList();
    List<String> texts = errors.stream().map(error -> ofError(cell, part, error)).toList();
    String first =
        errors.isEmpty()
            ? "this is no complete Java"
            : "line %d: %s"
                .formatted(line(cell, place(cell, part, errors.get(0))), headline(errors.get(0)));
    String block =
        texts.isEmpty()
            ? "line %d: %s".formatted(part.line(cell) + 1, first)
            : String.join("\n", texts);
    return new CellFailure(
        "CompilationError", first, title("CompilationError") + "\n" + block, null);
  }

  private static String ofError(String cell, CellParts.Part part, Diag error) {
    int place = place(cell, part, error);
    int start = cell.lastIndexOf('\n', place - 1) + 1;
    int end = cell.indexOf('\n', place);
    String code = cell.substring(start, end < 0 ? cell.length() : end);
    String details =
        error
            .getMessage(Locale.ROOT)
            .lines()
            .skip(1)
            .map(String::strip)
            .filter(line -> !line.startsWith("location:"))
            .map(line -> "\n  " + line)
            .collect(Collectors.joining());
    return "line %d: %s\n  %s\n  %s^%s"
        .formatted(
            line(cell, place),
            headline(error),
            code,
            code.substring(0, place - start).replaceAll("\\S", " "),
            details);
  }

  private static String headline(Diag error) {
    return error.getMessage(Locale.ROOT).lines().findFirst().orElse("");
  }

  private static int place(String cell, CellParts.Part part, Diag error) {
    long inPart = error.getPosition() == Diag.NOPOS ? 0 : error.getPosition();
    return (int) Math.max(0, Math.min(cell.length(), part.offset() + inPart));
  }

  private static int line(String cell, int place) {
    return 1 + (int) cell.substring(0, place).chars().filter(c -> c == '\n').count();
  }

  /**
   * What a cell threw.
   *
   * @param cell its number
   * @param trace frames as JShell gives them: those of cells have the snippet's number as file
   * @param origins of snippets, by their numbers
   */
  static CellFailure ofThrown(
      int cell, Throwable thrown, StackTraceElement[] trace, Map<String, Origin> origins) {
    String name = thrown.getClass().getSimpleName();
    String message = message(thrown);
    List<String> lines = new ArrayList<>();
    Optional<String> place = place(cell, trace, origins);
    lines.add(title(name) + place.map(at -> " in " + at).orElse(""));
    lines.add(message);
    Throwable cause = thrown.getCause();
    for (int depth = 0; cause != null && depth < MOST_PROBLEMS; depth++) {
      lines.add("caused by %s: %s".formatted(cause.getClass().getSimpleName(), message(cause)));
      cause = cause.getCause();
    }
    lines.addAll(frames(cell, trace, origins));
    return new CellFailure(name, message, String.join("\n", lines), thrown);
  }

  /** A failure in plain words, without frames. */
  static CellFailure inWords(
      int cell,
      String name,
      Throwable thrown,
      StackTraceElement[] trace,
      Map<String, Origin> origins) {
    String place = place(cell, trace, origins).map(at -> " in " + at).orElse("");
    String message = message(thrown);
    return new CellFailure(name, message, title(name) + place + "\n" + message, thrown);
  }

  /**
   * An interruption, in plain words.
   *
   * @param code of the cell
   * @param part of it that ran or was next, whose line is named if the frames name none
   */
  static CellFailure ofInterruption(
      int cell,
      Throwable thrown,
      StackTraceElement[] trace,
      Map<String, Origin> origins,
      String code,
      CellParts.Part part) {
    Origin next = new Origin(cell, code, part.line(code));
    String place =
        place(cell, trace, origins)
            .orElseGet(() -> "line %d: %s".formatted(next.line() + 1, next.codeOf(1)));
    String block = title(CellFailure.INTERRUPTED) + " in " + place + "\n" + message(thrown);
    return new CellFailure(CellFailure.INTERRUPTED, message(thrown), block, thrown);
  }

  private static String message(Throwable thrown) {
    String text = thrown.getMessage() == null ? "" : thrown.getMessage();
    // Spark's messages have the whole stack of an executor in them, which a notebook has by
    // trace().
    int stack = text.indexOf("\n\tat ");
    String told = stack < 0 ? text : text.substring(0, stack);
    return told.contains(FOREIGN_LAMBDA) ? told + "\n" + FOREIGN_LAMBDA_REMEDY : told;
  }

  private static String title(String name) {
    return RED + name + PLAIN;
  }

  /** The topmost line of this cell, or of another one, with its code. */
  private static Optional<String> place(
      int cell, StackTraceElement[] trace, Map<String, Origin> origins) {
    Optional<String> other = Optional.empty();
    for (StackTraceElement frame : trace) {
      Origin origin = origins.get(snippet(frame));
      if (origin != null && origin.cell() == cell) {
        return Optional.of(
            "line %d: %s"
                .formatted(
                    origin.line() + frame.getLineNumber(), origin.codeOf(frame.getLineNumber())));
      }
      if (origin != null && other.isEmpty()) {
        other = Optional.of(ofCell(origin, frame));
      }
    }
    return other;
  }

  private static String ofCell(Origin origin, StackTraceElement frame) {
    return "cell %d, line %d: %s"
        .formatted(
            origin.cell(),
            origin.line() + frame.getLineNumber(),
            origin.codeOf(frame.getLineNumber()));
  }

  /** The number that JShell has put in the place of the file's name. */
  private static String snippet(StackTraceElement frame) {
    String file = frame.getFileName();
    return file != null && file.startsWith("#") ? file.substring(1) : "";
  }

  private static List<String> frames(
      int cell, StackTraceElement[] trace, Map<String, Origin> origins) {
    List<String> lines = new ArrayList<>();
    int shown = 0;
    for (StackTraceElement frame : trace) {
      Origin origin = origins.get(snippet(frame));
      if (origin != null) {
        lines.add(
            "    at "
                + (origin.cell() == cell
                    ? "line " + (origin.line() + frame.getLineNumber())
                    : ofCell(origin, frame)));
      } else if (shown++ < MOST_FRAMES) {
        lines.add("    at " + frame);
      }
    }
    return lines;
  }
}
