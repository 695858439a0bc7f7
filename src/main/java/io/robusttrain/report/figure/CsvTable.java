package io.robusttrain.report.figure;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table with named columns as CSV (RFC 4180, but lines end with a line feed). Numbers are written
 * in their shortest exact form. Not thread-safe.
 */
public final class CsvTable {
  private final List<String> columns;
  private final List<String> lines = new ArrayList<>();

  /** A table without rows. */
  public CsvTable(String... columns) {
    this.columns = List.of(columns);
  }

  /**
   * Adds a row.
   *
   * @param cells numbers and texts; NaN becomes an empty cell
   * @throws IllegalArgumentException if there is not one cell for each column
   */
  public void add(Object... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException(
          "%d cells for the columns %s".formatted(cells.length, columns));
    }
    lines.add(Arrays.stream(cells).map(CsvTable::text).collect(Collectors.joining(",")));
  }

  private static String text(Object cell) {
    if (cell instanceof Double number && number.isNaN()) {
      return "";
    }
    String text = cell.toString();
    boolean quoted = text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return quoted ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }

  /** The table as UTF-8, the names of its columns first. */
  public byte[] bytes() {
    List<String> all = new ArrayList<>(lines);
    all.add(0, columns.stream().map(CsvTable::text).collect(Collectors.joining(",")));
    return all.stream()
        .map(line -> line + "\n")
        .collect(Collectors.joining())
        .getBytes(StandardCharsets.UTF_8);
  }
}
